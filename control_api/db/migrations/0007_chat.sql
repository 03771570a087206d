create table chat_message (
    id uuid primary key default gen_random_uuid(),
    -- The order of messages, within a stream and over all.
    number bigint generated always as identity unique,
    stream_id uuid not null references stream (id) on delete cascade,
    user_id uuid not null references app_user (id) on delete cascade,
    -- What its author was to the stream when it was written.
    badge text check (badge in ('creator', 'dj', 'admin')),
    text text not null check (length(text) between 1 and 500),
    sent_at timestamptz not null,
    removed_at timestamptz,
    removed_by uuid references app_user (id) on delete set null
);
create index chat_message_shown_idx on chat_message (stream_id, number) where removed_at is null;
create index chat_message_user_id_idx on chat_message (user_id);
create index chat_message_removed_by_idx on chat_message (removed_by) where removed_by is not null;

-- Who may not write in the chat of a stream.
create table chat_silence (
    stream_id uuid not null references stream (id) on delete cascade,
    user_id uuid not null references app_user (id) on delete cascade,
    silenced_at timestamptz not null,
    silenced_by uuid references app_user (id) on delete set null,
    primary key (stream_id, user_id)
);
create index chat_silence_user_id_idx on chat_silence (user_id);
create index chat_silence_silenced_by_idx on chat_silence (silenced_by) where silenced_by is not null;

-- How often somebody writes: each message is paid for with a second, and a few may be owed.
create table chat_allowance (
    user_id uuid primary key references app_user (id) on delete cascade,
    paid_until timestamptz not null
);
