"""Is the process up, and is what it stands on up?"""
