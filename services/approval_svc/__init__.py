"""Who decides a role request, and what they decided: routing, officials, approvals, decision links."""
