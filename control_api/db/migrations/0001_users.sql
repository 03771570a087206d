create table app_user (
    id uuid primary key default gen_random_uuid(),
    email text not null check (length(email) between 3 and 254),
    username text not null check (username ~ '^[A-Za-z0-9_]{3,30}$'),
    password_hash text not null,
    role text not null check (role in ('dj', 'performer', 'viewer', 'admin')),
    verified boolean not null default false,
    terms_accepted_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    last_login_at timestamptz
);
create unique index app_user_email_key on app_user (lower(email));
create unique index app_user_username_key on app_user (lower(username));

-- One signed-in browser or program: the family of refresh tokens that grew from one log-in.
create table auth_session (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references app_user (id) on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz,
    revoked_reason text check (revoked_reason in ('logout', 'reuse')),
    check ((revoked_at is null) = (revoked_reason is null))
);
create index auth_session_user_id_idx on auth_session (user_id);

create table refresh_token (
    token_hash bytea primary key check (length(token_hash) = 32),
    session_id uuid not null references auth_session (id) on delete cascade,
    issued_at timestamptz not null default now(),
    expires_at timestamptz not null,
    rotated_at timestamptz
);
create index refresh_token_session_id_idx on refresh_token (session_id);
