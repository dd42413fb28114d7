"""What is said to people, in their language: catalogues by key, numbers in the reader's form."""
