"""request_svc: requests for roles, from STEP 1 to My Profile."""
