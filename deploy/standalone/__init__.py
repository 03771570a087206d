"""Everything on one machine: a supervisor with PostgreSQL and Valkey from their wheels."""
