"""The pages behind a link."""
