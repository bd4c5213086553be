"""What decides a bullet beside its rules: counts whose lack fails it, bullets that it is made of, and people.

Data only, by the bullets word for word.
"""

from __future__ import annotations

_RESTFUL = "Review that API endpoints follow RESTful principles."
_VALIDATED = "Validate all inputs"
_ERRORS = "Implement proper error handling for all API endpoints, returning meaningful error messages."
_FLASK_ERRORS = "Implement proper error handling for all routes, returning meaningful error messages."
_INJECTIONS = "Review for possible SQL injections, XSS, and CSRF attacks."
_QUERIES = "Optimize database queries"
_ASYNCHRONOUS = "Use async operations"
_NOTHING_TWICE = "Review that there is no duplication in the code."
_DOCUMENTED = "Ensure all the API endpoints are properly documented using Swagger."
_AUTHENTICATION = "Secure authentication"
_SECURITY = "Verify the security of the API endpoints including authentication, authorization, and input sanitization."
_MODELS = "Use FastAPI's type hinting and Pydantic models for request and response data validation."
_DEPENDENCIES = "Use FastAPI's dependency injection system to create reusable components."
_STATUS_CODES = "Use appropriate status codes in response to each request."

#: The counts whose lack fails a bullet though no rule reports anything. Where none of their things exist, there is
#: nothing to judge.
DECIDED_BY: dict[str, tuple[str, ...]] = {
    _MODELS: ("response-models", "bodies"),
    "Leverage Pydantic for validation": ("bodies", "response-models"),
    "Use Pydantic models for request/response validation": ("bodies", "response-models"),
    "Implement type-safe code with Pydantic": ("bodies", "response-models"),
    _VALIDATED: ("bodies",),
    "Use Jinja2 for rendering HTML templates, passing data from FastAPI routes to the template context.": (
        "renderings",
    ),
    "Use Jinja2 to render HTML templates, passing data from Flask routes to the template context.": ("renderings",),
    "When rendering HTML templates, use Flask's `render_template` function.": ("renderings",),
    "Verify that Jinja2 templates are rendered correctly and are using the proper data.": ("renderings",),
    "Utilize Celery for handling asynchronous tasks, such as sending emails, processing data, and performing background jobs.": (
        "task-calls",
    ),
    "Leverage Celery for handling asynchronous tasks, such as sending emails, processing data, and performing background jobs.": (
        "task-calls",
    ),
    "Utilize Celery for handling asynchronous tasks using a Redis broker.": ("task-calls",),
    "Ensure that background tasks are handled efficiently and that Celery is set up correctly.": ("task-calls",),
    "Check if Celery tasks are configured properly and running asynchronously.": ("task-calls",),
    "Use versioning of the API to ensure that the API is backward compatible.": ("versions",),
    _DOCUMENTED: ("documented", "tags"),
    "Ensure that API endpoints are properly documented using Swagger/OpenAPI.": ("documented", "tags"),
    "Document all API endpoints with OpenAPI/Swagger": ("documented", "tags"),
    "Document APIs automatically": ("documented",),
    "Clear API documentation": ("documented",),
    "Ensure the code is readable and well documented.": ("documented-endpoints",),
    "Use exception handlers for different exception types to return appropriate error messages.": (
        "exception-handlers",
    ),
    _STATUS_CODES: ("creations",),
    "Implement proper error handling with appropriate status codes": ("creations",),
    "Use TestClient to call endpoints in tests and make assertions on the results.": ("tested-routes",),
    "Test the API endpoints with various types of input, covering both positive and negative test cases.": (
        "tested-routes",
    ),
    "Use Flask's test client to simulate HTTP requests and test the application's endpoints.": ("tested-routes",),
    "Test for different user interactions such as form submission and navigation.": ("tested-routes",),
    "Write comprehensive tests": ("tested-routes",),
    "High test coverage": ("tested-routes",),
    "Write tests for API endpoints and business logic": ("tested-routes",),
    "Test the background tasks by calling them directly to see if they execute successfully.": ("tested-tasks",),
    "Test the Celery tasks by calling them directly and asserting if they execute correctly.": ("tested-tasks",),
    "Test caching mechanisms by using mocks for the Redis client.": ("redis-stand-ins",),
    "Mock the Redis client to test caching mechanisms.": ("redis-stand-ins",),
    "Ensure that all database access is handled by a proper data access layer.": ("endpoints-without-queries",),
    "Use Flask's blueprint system for structuring the application into modular components.": ("blueprints",),
    "Include logging to track down any issues when the application is running.": ("logging",),
    "Log errors properly": ("logging",),
    "Build high-performance async endpoints": ("async-endpoints",),
    _ASYNCHRONOUS: ("async-endpoints",),
    "Use async/await patterns for efficient handling of requests": ("async-endpoints",),
    "Use async database operations": ("async-database",),
    "Leverage async HTTP clients": ("http-clients",),
    "Use type hints everywhere": ("type-hints",),
    "Manage database schema and migrations": ("migrations",),
    "All development MUST be done using Docker Compose with containers for local development, NOT by running services directly on the local machine": (
        "containers",
    ),
    "Use environment variables for configuration": ("settings",),
}

#: The bullets that another one is made of: it fails where one of them does, and passes where they all do.
PARTS: dict[str, tuple[str, ...]] = {
    "Ensure proper error handling and validation": (_ERRORS, _VALIDATED),
    "Implement proper error handling with appropriate status codes": (_ERRORS, _STATUS_CODES),
    "Review code to make sure it is following best practices such as: code is easy to understand, and has proper error handling.": (
        _ERRORS,
    ),
    "Maintain high code quality and security": (_NOTHING_TWICE, _SECURITY, _INJECTIONS),
    _SECURITY: (_AUTHENTICATION, _VALIDATED),
    "Utilize appropriate security practices when developing the API such as authentication, authorization, and input sanitization.": (
        _SECURITY,
    ),
    "Ensure security throughout the application by validating user inputs and properly handling sensitive data.": (
        _INJECTIONS,
    ),
    "Review all error handling and make sure proper error messages are returned.": (_FLASK_ERRORS,),
    "Check for performance bottlenecks, including database queries and caching.": (_QUERIES,),
    "Design with scalability and performance in mind, optimizing database queries and caching data.": (_QUERIES,),
    "Prioritize building scalable, maintainable, and efficient web applications.": (_QUERIES,),
    "Optimize for performance": (_QUERIES,),
    "Follow FastAPI best practices": (_MODELS, _DEPENDENCIES),
    "Design and implement RESTful APIs": (_RESTFUL,),
    "Implement RESTful API endpoints": (_RESTFUL,),
    "Document APIs automatically": (_DOCUMENTED,),
    "Clear API documentation": (_DOCUMENTED,),
    "Type-safe code": ("Use type hints everywhere",),
    "Use Flask's routing system to define API endpoints and web page routes.": (
        "Ensure that all routes are properly defined using Flask's routing system.",
    ),
}

#: Bullets so wide that rules which report nothing prove nothing: a person has to look.
NEVER_PROVED: frozenset[str] = frozenset(
    {
        "Write clean, efficient, and maintainable code that adheres to best practices for each technology.",
        "Write clean and well-structured code that adheres to Flask and Python best practices.",
        "Prioritize building scalable, maintainable, and efficient web applications.",
        "Review code to make sure it is following best practices such as: code is easy to understand, and has proper error handling.",
        "Optimize for performance",
        "Utilize Redis effectively for caching, session management, and task queuing.",
        "Utilize Redis effectively for caching frequently accessed data and for managing Celery task queues.",
        "Check if Redis is used appropriately for both caching and task queuing.",
        "Verify that the Redis connection is properly configured and used for caching and task queuing.",
        "Perform squash merges to keep the history clean",
        _INJECTIONS,
        "Design with scalability and performance in mind, optimizing database queries and caching data.",
        "Check for performance bottlenecks, including database queries and caching.",
        "Write tests using pytest, taking advantage of fixtures for mocking and testing API calls.",
        "Write tests using pytest and use fixtures for test setup.",
        "Provide clear error messages",
        "Implement business logic",
        "Maintain high code quality and security",
        "Follow FastAPI best practices",
        "Prohibit direct commits to main with protection rules",
        "Test that all Pydantic models and validators function properly.",
        "Clear API documentation",
        _NOTHING_TWICE,
    }
)
