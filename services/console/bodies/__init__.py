"""What a request body may hold, of pages and of the REST API."""
