"""What `./dev` is made of: set-up, local servers, checks. Never imported by the application."""
