"""What schema 3 adds to schema 2, one module a subject, in the order of `migrations`."""
