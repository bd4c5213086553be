"""Rules about what the OpenAPI document of an application says."""
