"""The pages of sign-in and the endpoints of the OpenID Connect provider."""
