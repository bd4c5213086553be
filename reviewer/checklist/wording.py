"""What each bullet of the checklists asks for in our words, what of a project shows it, and what is left to people.

Data only: the bullets word for word, as rules quote them, with their wording. Rules are joined in `verdicts`.
"""

from __future__ import annotations

import msgspec


class Wording(msgspec.Struct, frozen=True):
    """A bullet in our words, the names of its evidence (the first says whether there is anything to judge)."""

    words: str
    evidence: tuple[str, ...] = ()
    for_people: str = ""  # what no rule sees, in a sentence


#: Title of each document, and the framework that it is about.
TITLES: dict[str, tuple[str, str]] = {
    "fastapi-celery-redis": ("FastAPI with Jinja2, Celery and Redis", "fastapi"),
    "flask": ("Flask with Jinja2, Celery, Redis and Flask-WTF", "flask"),
    "fastapi-git": ("FastAPI and the git workflow around it", "fastapi"),
    "fastapi-developer": ("Building APIs with FastAPI", "fastapi"),
    "backend-agent": ("A FastAPI backend among other services", "fastapi"),
}

#: The wording of each bullet.
WORDING: dict[str, Wording] = {
    "Prioritize API design principles, including RESTful conventions, clear endpoints, and consistent data formats.": Wording(
        "The API follows REST: clear paths, the right methods, one format of data.", ("routes", "response-models")
    ),
    "Write clean, efficient, and maintainable code that adheres to best practices for each technology.": Wording(
        "The code is clean and follows the good practice of each library.",
        ("modules",),
        "Whether the code is clean beyond what rules can name.",
    ),
    "Leverage the asynchronous capabilities of FastAPI and Celery to improve application performance.": Wording(
        "Requests and jobs run asynchronously where that helps.",
        ("async-endpoints", "background-work"),
        "Whether a request waits long enough for it to matter.",
    ),
    "Use Jinja2 for creating dynamic and reusable HTML templates, keeping logic separate.": Wording(
        "Jinja2 templates are reusable and hold no logic.",
        ("templates",),
        "Whether a template computes what the route should have computed.",
    ),
    "Utilize Redis effectively for caching, session management, and task queuing.": Wording(
        "Redis serves as cache, session store and queue, and is used well.",
        ("redis",),
        "Whether what is cached is worth it.",
    ),
    "Design with scalability and performance in mind, optimizing database queries and caching data.": Wording(
        "The design scales: queries are economical, data that is asked for often is cached.",
        ("queries", "redis"),
        "Which queries matter under the load that is expected.",
    ),
    "Follow the single responsibility principle by separating concerns among views, business logic, and task queues.": Wording(
        "Views, business logic and background jobs have modules of their own.", ("layers", "endpoints-without-queries")
    ),
    "Use FastAPI's type hinting and Pydantic models for request and response data validation.": Wording(
        "Type hints and Pydantic models validate requests and responses.", ("response-models", "bodies")
    ),
    "Use FastAPI's dependency injection system to create reusable components.": Wording(
        "What routes share comes to them through dependencies.",
        ("dependencies",),
        "Whether a dependency is the right thing to share.",
    ),
    "Use Jinja2 for rendering HTML templates, passing data from FastAPI routes to the template context.": Wording(
        "Routes render Jinja2 templates and pass all data that these need.", ("renderings",)
    ),
    "Utilize Celery for handling asynchronous tasks, such as sending emails, processing data, and performing background jobs.": Wording(
        "Mail, data processing and other long work are Celery tasks.",
        ("task-calls",),
        "Which work is long enough to be a task.",
    ),
    "Use Redis as a broker for Celery tasks and for caching frequently accessed data.": Wording(
        "Redis is the broker of Celery and the cache.",
        ("redis", "tasks"),
        "The broker's address is often known in production only.",
    ),
    "Implement proper error handling for all API endpoints, returning meaningful error messages.": Wording(
        "Every endpoint handles its errors and answers with a message that says what is wrong.",
        ("error-answers", "documented-errors"),
        "Whether a message helps the one who reads it.",
    ),
    "Use versioning of the API to ensure that the API is backward compatible.": Wording(
        "The API has versions, so that it can change without breaking clients.", ("versions",)
    ),
    "Ensure all the API endpoints are properly documented using Swagger.": Wording(
        "All endpoints are documented in OpenAPI.", ("documented", "tags", "documented-errors")
    ),
    "Use appropriate status codes in response to each request.": Wording(
        "Each answer has the status code that fits it.", ("creations", "error-answers")
    ),
    "Use exception handlers for different exception types to return appropriate error messages.": Wording(
        "Exceptions have handlers by type, which turn them into answers.",
        ("exception-handlers",),
        "Which exceptions deserve a handler of their own.",
    ),
    "Keep business logic out of the views by abstracting them into separate functions or classes.": Wording(
        "Views hold no business logic: functions and classes behind them do.", ("endpoints-without-queries", "layers")
    ),
    "Utilize appropriate security practices when developing the API such as authentication, authorization, and input sanitization.": Wording(
        "The API authenticates, authorises and checks what it is given.", ("guarded", "bodies")
    ),
    "Write tests using pytest, taking advantage of fixtures for mocking and testing API calls.": Wording(
        "Tests use pytest, and fixtures for what they share.", ("tests",), "Whether fixtures are used where they help."
    ),
    "Use TestClient to call endpoints in tests and make assertions on the results.": Wording(
        "Tests call the endpoints with a client and check the answers.", ("tested-routes",)
    ),
    "Test the API endpoints with various types of input, covering both positive and negative test cases.": Wording(
        "Endpoints are tested with good and with bad input.",
        ("tested-routes",),
        "Whether the inputs of a test are the telling ones.",
    ),
    "Test that all Pydantic models and validators function properly.": Wording(
        "Pydantic models and their validators are tested.",
        ("tested-schemas",),
        "Whether a test covers each validator: models are also tested through the routes that take them.",
    ),
    "Test for all possible exceptions and verify that the proper error messages are being returned.": Wording(
        "Tests provoke the errors and check the messages.",
        ("error-answers", "tested-routes"),
        "Whether each error has a test that checks its message.",
    ),
    "Test the background tasks by calling them directly to see if they execute successfully.": Wording(
        "Background tasks are tested by calling them.",
        ("tested-tasks",),
        "Whether the tests that name a task check its effect.",
    ),
    "Test the Celery tasks by mocking the Redis broker.": Wording(
        "Tests of Celery tasks need no broker.",
        ("tested-tasks",),
        "Whether the tests run without a broker: how they are started decides it.",
    ),
    "Test caching mechanisms by using mocks for the Redis client.": Wording(
        "Caching is tested with a stand-in for the Redis client.",
        ("redis-stand-ins",),
        "Whether the tests of caching use the stand-in.",
    ),
    "Ensure that all tests have descriptive names, so the purpose of the tests are clear.": Wording(
        "The names of tests say what they are for.", ("tests",), "Whether a name says what its test is for."
    ),
    "Ensure that API endpoints are properly documented using Swagger/OpenAPI.": Wording(
        "The OpenAPI document describes the endpoints.", ("documented", "tags", "documented-errors")
    ),
    "Verify that all Pydantic models are properly defined and are in sync with the request body.": Wording(
        "Pydantic models are well defined and match what requests hold.",
        ("schemas", "bodies"),
        "Whether a model names what clients send.",
    ),
    "Review that API endpoints follow RESTful principles.": Wording(
        "The endpoints follow REST.", ("routes", "path-parameters")
    ),
    "Check for performance bottlenecks, including database queries and caching.": Wording(
        "Nothing slows requests down needlessly, such as queries or a missing cache.",
        ("queries", "redis"),
        "Bottlenecks that only a measurement shows.",
    ),
    "Ensure that background tasks are handled efficiently and that Celery is set up correctly.": Wording(
        "Background work is efficient and Celery is set up well.", ("task-calls",)
    ),
    "Review code to make sure it is following best practices such as: code is easy to understand, and has proper error handling.": Wording(
        "The code is easy to understand and handles errors.",
        ("modules", "error-answers"),
        "Whether the code is easy to understand.",
    ),
    "Review that there is no duplication in the code.": Wording(
        "Nothing is written twice.", ("modules",), "Duplication that is not word for word."
    ),
    "Check if Redis is used appropriately for both caching and task queuing.": Wording(
        "Redis is used well as cache and as queue.", ("redis",), "What is kept in Redis, and for how long."
    ),
    "Verify the security of the API endpoints including authentication, authorization, and input sanitization.": Wording(
        "Endpoints authenticate, authorise and check input.", ("guarded", "bodies")
    ),
    "Prioritize building scalable, maintainable, and efficient web applications.": Wording(
        "The application scales and can be maintained.",
        ("routes",),
        "What the application must bear, and how it will grow.",
    ),
    "Write clean and well-structured code that adheres to Flask and Python best practices.": Wording(
        "The code is well structured and follows the good practice of Flask and Python.",
        ("modules", "blueprints"),
        "Whether the code is clean beyond what rules can name.",
    ),
    "Use Jinja2 for creating dynamic and reusable HTML templates, keeping logic separate from presentation.": Wording(
        "Jinja2 templates are reusable and leave logic to the code.",
        ("templates",),
        "Whether a template computes what the route should have computed.",
    ),
    "Leverage Celery for handling asynchronous tasks, such as sending emails, processing data, and performing background jobs.": Wording(
        "Long work, such as mail and data processing, is left to Celery.",
        ("task-calls",),
        "Which work is long enough to be a task.",
    ),
    "Utilize Redis effectively for caching frequently accessed data and for managing Celery task queues.": Wording(
        "Redis caches what is asked for often, and queues the tasks.",
        ("redis", "tasks"),
        "Whether what is cached is worth it.",
    ),
    "Follow the single responsibility principle, by separating concerns among routes, business logic and task queues.": Wording(
        "Routes, business logic and background jobs are kept apart.", ("layers", "endpoints-without-queries")
    ),
    "Ensure security throughout the application by validating user inputs and properly handling sensitive data.": Wording(
        "Input is validated, and sensitive data is kept safe.",
        ("guarded", "forms", "known-secrets"),
        "Which data is sensitive.",
    ),
    "Use Flask's routing system to define API endpoints and web page routes.": Wording(
        "Endpoints and pages are registered with Flask's routing.",
        ("routes",),
        "Whether each page has the address that one expects.",
    ),
    "Use Jinja2 to render HTML templates, passing data from Flask routes to the template context.": Wording(
        "Flask routes render templates and pass all data that these need.", ("renderings",)
    ),
    "Utilize Celery for handling asynchronous tasks using a Redis broker.": Wording(
        "Background work runs in Celery with Redis as its broker.",
        ("task-calls", "redis"),
        "The broker's address is often known in production only.",
    ),
    "Implement proper error handling for all routes, returning meaningful error messages.": Wording(
        "Every route handles its errors and answers with a message that says what is wrong.",
        ("error-answers", "exception-handlers"),
        "Whether a message helps the one who reads it.",
    ),
    "Use Flask's session management features to handle user sessions.": Wording(
        "Sessions of users are kept with Flask's own means.",
        ("flask-sessions",),
        "Whether what a session holds belongs there.",
    ),
    "Keep business logic out of routes by abstracting them into separate functions or classes.": Wording(
        "Routes hold no business logic: functions and classes behind them do.", ("endpoints-without-queries", "layers")
    ),
    "For form handling, use Flask-WTF for form validation and submission.": Wording(
        "Forms are submitted and validated with Flask-WTF.",
        ("forms",),
        "Whether a form that is written by hand in a template should be one.",
    ),
    "When rendering HTML templates, use Flask's `render_template` function.": Wording(
        "Pages are rendered with `render_template`.", ("renderings",)
    ),
    "Use Flask's `url_for` to create URLs in templates to reduce hardcoding URLs.": Wording(
        "Templates make their URLs with `url_for`.", ("templates",), "Addresses written into templates by hand."
    ),
    "Ensure that all database access is handled by a proper data access layer.": Wording(
        "The database is reached through a layer of its own.", ("endpoints-without-queries", "layers")
    ),
    "Implement API endpoints using Flask RESTful for returning data in JSON format, and use appropriate status codes.": Wording(
        "JSON endpoints use Flask-RESTful and answer with fitting status codes.",
        ("flask-restful", "creations"),
        "Whether the application should use this extension at all.",
    ),
    "Use Flask's blueprint system for structuring the application into modular components.": Wording(
        "Blueprints divide the application into parts.", ("blueprints",), "Whether the parts are the right ones."
    ),
    "Ensure all database configuration is in the configuration file and is not hardcoded.": Wording(
        "The database is configured in one place, and not in the code.", ("settings",)
    ),
    "Include logging to track down any issues when the application is running.": Wording(
        "The running application logs what helps to find a fault.",
        ("logging",),
        "Whether what is logged is what one will look for.",
    ),
    "Write tests using pytest and use fixtures for test setup.": Wording(
        "Tests use pytest, and fixtures to set up.", ("tests",), "Whether fixtures are used where they help."
    ),
    "Use Flask's test client to simulate HTTP requests and test the application's endpoints.": Wording(
        "Tests request the endpoints with Flask's test client.", ("tested-routes",)
    ),
    "Test both the GET and POST methods for all forms.": Wording(
        "Each form is tested with GET and with POST.",
        ("forms", "tested-routes"),
        "Whether both methods of each form are tested.",
    ),
    "Verify that Flask-WTF is working properly by testing if the forms are validated and errors are returned.": Wording(
        "Tests submit invalid forms and look for the errors.",
        ("forms", "tested-routes"),
        "Whether the tests submit what a form must refuse.",
    ),
    "Test the Celery tasks by calling them directly and asserting if they execute correctly.": Wording(
        "Celery tasks are tested by calling them and checking what they did.",
        ("tested-tasks",),
        "Whether the tests that name a task check its effect.",
    ),
    "Test that proper error handling is in place by testing for all possible error conditions and that appropriate error messages are returned.": Wording(
        "Tests provoke each error and check the message.",
        ("error-answers", "tested-routes"),
        "Whether each error has a test that checks its message.",
    ),
    "Mock the Redis client to test caching mechanisms.": Wording(
        "A stand-in takes the place of the Redis client in tests of caching.",
        ("redis-stand-ins",),
        "Whether the tests of caching use the stand-in.",
    ),
    "Test for different user interactions such as form submission and navigation.": Wording(
        "Tests do what users do: submit forms, follow links.",
        ("tested-routes",),
        "Whether the tests follow the ways that users take.",
    ),
    "Ensure that all routes are properly defined using Flask's routing system.": Wording(
        "All routes are registered, and answer.", ("routes", "blueprints")
    ),
    "Verify that Jinja2 templates are rendered correctly and are using the proper data.": Wording(
        "Templates exist and get the data that they need.", ("renderings",)
    ),
    "Review for possible SQL injections, XSS, and CSRF attacks.": Wording(
        "No SQL injection, cross-site scripting or request forgery.",
        ("queries", "templates", "forms"),
        "Whether pages show what users wrote, and whether forms carry a token.",
    ),
    "Verify that Flask-WTF is used for form validation, and data is properly validated before processing.": Wording(
        "Forms are validated before their data is used.", ("forms",)
    ),
    "Review all error handling and make sure proper error messages are returned.": Wording(
        "Errors are handled and their messages are right.",
        ("error-answers", "exception-handlers"),
        "Whether a message helps the one who reads it.",
    ),
    "Check if the business logic is properly separated from the routes.": Wording(
        "Business logic and routes are kept apart.", ("endpoints-without-queries", "layers")
    ),
    "Verify that the Redis connection is properly configured and used for caching and task queuing.": Wording(
        "The connection to Redis is set up well and used for cache and queue.",
        ("redis",),
        "Whether cache and queue both use it.",
    ),
    "Check if Celery tasks are configured properly and running asynchronously.": Wording(
        "Celery tasks are set up well and run in the background.", ("task-calls",)
    ),
    "Ensure the code is readable and well documented.": Wording(
        "The code can be read, and is documented.", ("documented-endpoints",), "Whether the code can be read."
    ),
    "Leverage the asynchronous capabilities of FastAPI.": Wording(
        "Requests are handled asynchronously where that helps.",
        ("async-endpoints",),
        "Whether a request waits long enough for it to matter.",
    ),
    "Use the GitHub Flow standard with short branches from main": Wording(
        "Work happens on short branches that start from main.", ("branch", "work")
    ),
    "Name branches with a semantic prefix, e.g.: feat/, fix/, chore/": Wording(
        "The prefix of a branch says what kind of work it is.", ("branch",)
    ),
    "Write semantic commits in the format: <type>(scope): description": Wording(
        "Messages of commits are `<type>(scope): description`.", ("commits",)
    ),
    "Perform squash merges to keep the history clean": Wording(
        "Pull requests are squashed, so that main has one commit for each.",
        ("trunk", "commits"),
        "Which way of merging the server allows.",
    ),
    "Prohibit direct commits to main with protection rules": Wording(
        "Nobody commits to main directly.", ("main-commits",), "The protection rules are settings of the server."
    ),
    "Rebase the branch with main before finalizing the PR": Wording(
        "A branch stands on the newest main before it is merged.", ("branch", "work")
    ),
    "Design and implement RESTful APIs": Wording(
        "The application offers a REST API.", ("routes",), "Whether the resources are the right ones."
    ),
    "Build high-performance async endpoints": Wording(
        "Endpoints are asynchronous and fast.", ("async-endpoints",), "How fast an endpoint is: a load test shows it."
    ),
    "Implement type-safe code with Pydantic": Wording(
        "Pydantic makes the code safe by types.", ("schemas", "bodies", "response-models"), "A type checker proves it."
    ),
    "Write comprehensive tests": Wording(
        "The tests cover the application.", ("tested-routes", "tests"), "Whether the tests cover what matters."
    ),
    "Document APIs automatically": Wording("The documentation of the API is generated from it.", ("documented",)),
    "Optimize for performance": Wording(
        "The application is fast enough.",
        ("queries",),
        "What is fast enough, and where time goes: a measurement shows it.",
    ),
    "Use type hints everywhere": Wording(
        "Everything has type hints.", ("type-hints",), "A type checker sees the functions behind the endpoints."
    ),
    "Leverage Pydantic for validation": Wording(
        "Pydantic validates what comes in and goes out.", ("bodies", "response-models")
    ),
    "Use `typing` module for complex types": Wording(
        "Complex types are written with `typing`.",
        ("type-hints",),
        "A type checker and a formatter see to the spelling of types.",
    ),
    "Use async database operations": Wording(
        "The database is used asynchronously.",
        ("async-database",),
        "Which driver is used is often decided by an address outside of the source.",
    ),
    "Leverage async HTTP clients": Wording(
        "Other services are called with asynchronous clients.",
        ("http-clients",),
        "Which calls of other services are worth it.",
    ),
    "Use background tasks for long operations": Wording(
        "Long work runs in the background.", ("background-work",), "Which work is long."
    ),
    "Use HTTPException with appropriate status codes": Wording(
        "Errors are `HTTPException`s with fitting status codes.",
        ("error-answers",),
        "Whether a status says what is wrong.",
    ),
    "Provide clear error messages": Wording(
        "Messages of errors are clear.", ("error-answers",), "Whether a message is clear."
    ),
    "Log errors properly": Wording(
        "Errors are logged.", ("logging",), "Whether what is logged is what one will look for."
    ),
    "Use database connection pooling": Wording(
        "Connections to the database come from a pool.", ("engines",), "How large the pool must be."
    ),
    "Implement caching (Redis)": Wording("Redis caches what is asked for often.", ("redis",), "What is worth caching."),
    "Optimize database queries": Wording(
        "Queries are economical.", ("queries",), "Which queries matter under the load that is expected."
    ),
    "Use async operations": Wording(
        "What waits runs asynchronously, and is awaited.",
        ("async-endpoints",),
        "Whether a request waits long enough for it to matter.",
    ),
    "Hash passwords": Wording(
        "Passwords are stored as hashes.", ("password-hashing",), "Passwords that another service keeps."
    ),
    "Use JWT for authentication": Wording(
        "Callers prove who they are by JSON web tokens.",
        ("tokens",),
        "Whether tokens are the right means for this application.",
    ),
    "Validate all inputs": Wording("All input is validated.", ("bodies",), "Which values are valid."),
    "Implement rate limiting": Wording(
        "The rate of requests is limited.", ("rate-limits",), "A gateway before the application may limit the rate."
    ),
    "Fast response times (<100ms for simple queries)": Wording(
        "Simple requests are answered in less than 100 ms.",
        (),
        "Time cannot be read from the source: a load test measures it.",
    ),
    "Type-safe code": Wording("The code is safe by types.", ("type-hints", "schemas"), "A type checker proves it."),
    "High test coverage": Wording(
        "The tests cover most of the code.", ("tested-routes", "tests"), "Coverage is measured while tests run."
    ),
    "Clear API documentation": Wording(
        "The documentation of the API is clear.", ("documented", "tags"), "Whether the texts are clear."
    ),
    "Secure authentication": Wording(
        "Authentication is secure.", ("guarded", "tokens", "password-hashing", "known-secrets")
    ),
    "Implement RESTful API endpoints": Wording(
        "The endpoints follow REST.", ("routes",), "Whether the resources are the right ones."
    ),
    "Manage database schema and migrations": Wording(
        "Migrations lead the schema of the database.",
        ("tables", "migrations"),
        "Whether the running database has the schema of the last migration.",
    ),
    "Integrate with the authentication service": Wording(
        "The authentication service is connected.", ("guarded",), "What the authentication service demands."
    ),
    "Implement business logic": Wording(
        "The business logic does what it should.", ("layers",), "What the application is to do."
    ),
    "Ensure proper error handling and validation": Wording(
        "Errors are handled and input is validated.", ("error-answers", "bodies"), "Which errors must be foreseen."
    ),
    "Write tests for API endpoints and business logic": Wording(
        "Endpoints and business logic have tests.", ("tested-routes", "tests")
    ),
    "Maintain high code quality and security": Wording(
        "The code is sound and secure.", ("modules", "guarded"), "Whether the code is sound beyond what rules can name."
    ),
    "All development MUST be done using Docker Compose with containers for local development, NOT by running services directly on the local machine": Wording(
        "Services run in containers of Docker Compose, also on a developer's machine.",
        ("containers",),
        "How developers start the services.",
    ),
    "Use the provided scripts/start.sh to launch all services together locally": Wording(
        "One script starts all services.", (), "Shell scripts are not read."
    ),
    "Follow FastAPI best practices": Wording(
        "The application follows the good practice of FastAPI.",
        ("routes",),
        "Whether the code is good beyond what rules can name.",
    ),
    "Use async/await patterns for efficient handling of requests": Wording(
        "Requests are handled with `async` and `await`.",
        ("async-endpoints", "async-database"),
        "Whether a request waits long enough for it to matter.",
    ),
    "Implement proper dependency injection": Wording(
        "Dependencies bring what endpoints need.",
        ("dependencies",),
        "Whether a dependency is the right thing to share.",
    ),
    "Use Pydantic models for request/response validation": Wording(
        "Pydantic models describe requests and responses.", ("bodies", "response-models")
    ),
    "Implement proper error handling with appropriate status codes": Wording(
        "Errors are answered with fitting status codes.", ("error-answers", "creations")
    ),
    "Use environment variables for configuration": Wording(
        "The environment configures the application.", ("settings", "known-secrets")
    ),
    "Document all API endpoints with OpenAPI/Swagger": Wording(
        "OpenAPI describes all endpoints.", ("documented", "tags", "documented-errors")
    ),
    "Write unit and integration tests": Wording(
        "There are tests of parts and of the whole.",
        ("tests", "tested-routes"),
        "Whether the parts have tests of their own.",
    ),
    "Database: Connect to PostgreSQL at `postgresql://user:password@postgres:5432/db` in development": Wording(
        "Development connects to PostgreSQL as agreed.",
        ("settings",),
        "The address that holds in development is set outside of the source.",
    ),
    "Cache: Connect to Redis at `redis://redis:6379` in development": Wording(
        "Development connects to Redis as agreed.",
        ("redis",),
        "The address that holds in development is set outside of the source.",
    ),
    "Auth Service: Validate tokens from the Auth service using its public endpoints": Wording(
        "Tokens are checked with the public endpoints of the authentication service.",
        ("guarded",),
        "What the authentication service offers.",
    ),
}
