"""Works that somebody claims, and the tracks that are held for them: moderators decide, and it is kept who and why."""
