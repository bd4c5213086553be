"""The review checklists that the rules stand for: each bullet word for word, by document and section.

Data only. Rules name bullets in their `checklist`; which rules stand for a bullet is derived from that.
"""

from __future__ import annotations

#: The bullets of each section of each document.
DOCUMENTS: dict[str, dict[str, tuple[str, ...]]] = {
    "fastapi-celery-redis": {
        "Key Principles": (
            "Prioritize API design principles, including RESTful conventions, clear endpoints, and consistent data formats.",  # noqa: E501
            "Write clean, efficient, and maintainable code that adheres to best practices for each technology.",
            "Leverage the asynchronous capabilities of FastAPI and Celery to improve application performance.",
            "Use Jinja2 for creating dynamic and reusable HTML templates, keeping logic separate.",
            "Utilize Redis effectively for caching, session management, and task queuing.",
            "Design with scalability and performance in mind, optimizing database queries and caching data.",
            "Follow the single responsibility principle by separating concerns among views, business logic, and task queues.",  # noqa: E501
        ),
        "Code Generation Instructions": (
            "Use FastAPI's type hinting and Pydantic models for request and response data validation.",
            "Use FastAPI's dependency injection system to create reusable components.",
            "Use Jinja2 for rendering HTML templates, passing data from FastAPI routes to the template context.",
            "Utilize Celery for handling asynchronous tasks, such as sending emails, processing data, and performing background jobs.",  # noqa: E501
            "Use Redis as a broker for Celery tasks and for caching frequently accessed data.",
            "Implement proper error handling for all API endpoints, returning meaningful error messages.",
            "Use versioning of the API to ensure that the API is backward compatible.",
            "Ensure all the API endpoints are properly documented using Swagger.",
            "Use appropriate status codes in response to each request.",
            "Use exception handlers for different exception types to return appropriate error messages.",
            "Keep business logic out of the views by abstracting them into separate functions or classes.",
            "Utilize appropriate security practices when developing the API such as authentication, authorization, and input sanitization.",  # noqa: E501
        ),
        "Test Generation Instructions": (
            "Write tests using pytest, taking advantage of fixtures for mocking and testing API calls.",
            "Use TestClient to call endpoints in tests and make assertions on the results.",
            "Test the API endpoints with various types of input, covering both positive and negative test cases.",
            "Test that all Pydantic models and validators function properly.",
            "Test for all possible exceptions and verify that the proper error messages are being returned.",
            "Test the background tasks by calling them directly to see if they execute successfully.",
            "Test the Celery tasks by mocking the Redis broker.",
            "Test caching mechanisms by using mocks for the Redis client.",
            "Ensure that all tests have descriptive names, so the purpose of the tests are clear.",
        ),
        "Code Review Instructions": (
            "Ensure that API endpoints are properly documented using Swagger/OpenAPI.",
            "Verify that all Pydantic models are properly defined and are in sync with the request body.",
            "Review that API endpoints follow RESTful principles.",
            "Check for performance bottlenecks, including database queries and caching.",
            "Ensure that background tasks are handled efficiently and that Celery is set up correctly.",
            "Review code to make sure it is following best practices such as: code is easy to understand, and has proper error handling.",  # noqa: E501
            "Review that there is no duplication in the code.",
            "Check if Redis is used appropriately for both caching and task queuing.",
            "Verify the security of the API endpoints including authentication, authorization, and input sanitization.",
        ),
    },
    "flask": {
        "Key Principles": (
            "Prioritize building scalable, maintainable, and efficient web applications.",
            "Write clean and well-structured code that adheres to Flask and Python best practices.",
            "Use Jinja2 for creating dynamic and reusable HTML templates, keeping logic separate from presentation.",
            "Leverage Celery for handling asynchronous tasks, such as sending emails, processing data, and performing background jobs.",  # noqa: E501
            "Utilize Redis effectively for caching frequently accessed data and for managing Celery task queues.",
            "Follow the single responsibility principle, by separating concerns among routes, business logic and task queues.",  # noqa: E501
            "Ensure security throughout the application by validating user inputs and properly handling sensitive data.",  # noqa: E501
        ),
        "Code Generation Instructions": (
            "Use Flask's routing system to define API endpoints and web page routes.",
            "Use Jinja2 to render HTML templates, passing data from Flask routes to the template context.",
            "Utilize Celery for handling asynchronous tasks using a Redis broker.",
            "Implement proper error handling for all routes, returning meaningful error messages.",
            "Use Flask's session management features to handle user sessions.",
            "Keep business logic out of routes by abstracting them into separate functions or classes.",
            "For form handling, use Flask-WTF for form validation and submission.",
            "When rendering HTML templates, use Flask's `render_template` function.",
            "Use Flask's `url_for` to create URLs in templates to reduce hardcoding URLs.",
            "Ensure that all database access is handled by a proper data access layer.",
            "Implement API endpoints using Flask RESTful for returning data in JSON format, and use appropriate status codes.",  # noqa: E501
            "Use Flask's blueprint system for structuring the application into modular components.",
            "Ensure all database configuration is in the configuration file and is not hardcoded.",
            "Include logging to track down any issues when the application is running.",
        ),
        "Test Generation Instructions": (
            "Write tests using pytest and use fixtures for test setup.",
            "Use Flask's test client to simulate HTTP requests and test the application's endpoints.",
            "Test both the GET and POST methods for all forms.",
            "Verify that Flask-WTF is working properly by testing if the forms are validated and errors are returned.",
            "Test the Celery tasks by calling them directly and asserting if they execute correctly.",
            "Test that proper error handling is in place by testing for all possible error conditions and that appropriate error messages are returned.",  # noqa: E501
            "Mock the Redis client to test caching mechanisms.",
            "Test for different user interactions such as form submission and navigation.",
            "Ensure that all tests have descriptive names, so the purpose of the tests are clear.",
        ),
        "Code Review Instructions": (
            "Ensure that all routes are properly defined using Flask's routing system.",
            "Verify that Jinja2 templates are rendered correctly and are using the proper data.",
            "Review for possible SQL injections, XSS, and CSRF attacks.",
            "Verify that Flask-WTF is used for form validation, and data is properly validated before processing.",
            "Review all error handling and make sure proper error messages are returned.",
            "Check if the business logic is properly separated from the routes.",
            "Verify that the Redis connection is properly configured and used for caching and task queuing.",
            "Check if Celery tasks are configured properly and running asynchronously.",
            "Ensure the code is readable and well documented.",
        ),
    },
    "fastapi-git": {
        "Key Principles": (
            "Prioritize API design principles, including RESTful conventions, clear endpoints, and consistent data formats.",  # noqa: E501
            "Write clean, efficient, and maintainable code that adheres to best practices for each technology.",
            "Leverage the asynchronous capabilities of FastAPI.",
            "Design with scalability and performance in mind, optimizing database queries and caching data.",
            "Follow the single responsibility principle by separating concerns among views, business logic, and task queues.",  # noqa: E501
        ),
        "Code Generation Instructions": (
            "Use FastAPI's type hinting and Pydantic models for request and response data validation.",
            "Use FastAPI's dependency injection system to create reusable components.",
            "Implement proper error handling for all API endpoints, returning meaningful error messages.",
            "Use versioning of the API to ensure that the API is backward compatible.",
            "Ensure all the API endpoints are properly documented using Swagger.",
            "Use appropriate status codes in response to each request.",
            "Use exception handlers for different exception types to return appropriate error messages.",
            "Keep business logic out of the views by abstracting them into separate functions or classes.",
            "Utilize appropriate security practices when developing the API such as authentication, authorization, and input sanitization.",  # noqa: E501
        ),
        "Test Generation Instructions": (
            "Write tests using pytest, taking advantage of fixtures for mocking and testing API calls.",
            "Use TestClient to call endpoints in tests and make assertions on the results.",
            "Test the API endpoints with various types of input, covering both positive and negative test cases.",
            "Test that all Pydantic models and validators function properly.",
            "Test for all possible exceptions and verify that the proper error messages are being returned.",
            "Test the background tasks by calling them directly to see if they execute successfully.",
            "Ensure that all tests have descriptive names, so the purpose of the tests are clear.",
        ),
        "Code Review Instructions": (
            "Ensure that API endpoints are properly documented using Swagger/OpenAPI.",
            "Verify that all Pydantic models are properly defined and are in sync with the request body.",
            "Review that API endpoints follow RESTful principles.",
            "Check for performance bottlenecks, including database queries and caching.",
            "Review code to make sure it is following best practices such as: code is easy to understand, and has proper error handling.",  # noqa: E501
            "Review that there is no duplication in the code.",
            "Verify the security of the API endpoints including authentication, authorization, and input sanitization.",
        ),
        "Git Workflow": (
            "Use the GitHub Flow standard with short branches from main",
            "Name branches with a semantic prefix, e.g.: feat/, fix/, chore/",
            "Write semantic commits in the format: <type>(scope): description",
            "Perform squash merges to keep the history clean",
            "Prohibit direct commits to main with protection rules",
            "Rebase the branch with main before finalizing the PR",
        ),
    },
    "fastapi-developer": {
        "Core Responsibilities": (
            "Design and implement RESTful APIs",
            "Build high-performance async endpoints",
            "Implement type-safe code with Pydantic",
            "Write comprehensive tests",
            "Document APIs automatically",
            "Optimize for performance",
        ),
        "1. Type Hints": (
            "Use type hints everywhere",
            "Leverage Pydantic for validation",
            "Use `typing` module for complex types",
        ),
        "2. Async/Await": (
            "Use async database operations",
            "Leverage async HTTP clients",
            "Use background tasks for long operations",
        ),
        "3. Error Handling": (
            "Use HTTPException with appropriate status codes",
            "Provide clear error messages",
            "Log errors properly",
        ),
        "4. Performance": (
            "Use database connection pooling",
            "Implement caching (Redis)",
            "Optimize database queries",
            "Use async operations",
        ),
        "5. Security": (
            "Hash passwords",
            "Use JWT for authentication",
            "Validate all inputs",
            "Implement rate limiting",
        ),
        "Success Metrics": (
            "Fast response times (<100ms for simple queries)",
            "Type-safe code",
            "High test coverage",
            "Clear API documentation",
            "Secure authentication",
        ),
    },
    "backend-agent": {
        "Responsibilities": (
            "Implement RESTful API endpoints",
            "Manage database schema and migrations",
            "Integrate with the authentication service",
            "Implement business logic",
            "Ensure proper error handling and validation",
            "Write tests for API endpoints and business logic",
            "Maintain high code quality and security",
        ),
        "Development Guidelines": (
            "All development MUST be done using Docker Compose with containers for local development, NOT by running services directly on the local machine",  # noqa: E501
            "Use the provided scripts/start.sh to launch all services together locally",
            "Follow FastAPI best practices",
            "Use async/await patterns for efficient handling of requests",
            "Implement proper dependency injection",
            "Use Pydantic models for request/response validation",
            "Implement proper error handling with appropriate status codes",
            "Use environment variables for configuration",
            "Document all API endpoints with OpenAPI/Swagger",
            "Write unit and integration tests",
        ),
        "Integration Points": (
            "Database: Connect to PostgreSQL at `postgresql://user:password@postgres:5432/db` in development",
            "Cache: Connect to Redis at `redis://redis:6379` in development",
            "Auth Service: Validate tokens from the Auth service using its public endpoints",
        ),
    },
}

#: All bullets, each once, in the order of the documents.
BULLETS: tuple[str, ...] = tuple(
    dict.fromkeys(bullet for sections in DOCUMENTS.values() for bullets in sections.values() for bullet in bullets)
)
