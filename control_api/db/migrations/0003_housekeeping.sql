-- What is deleted by age is found by age.
create index stream_viewer_joined_at_idx on stream_viewer (joined_at);
create index auth_session_expires_at_idx on auth_session (expires_at);
