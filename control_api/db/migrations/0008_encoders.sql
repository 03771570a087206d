-- A stream may come from an encoder such as OBS, and may be announced before it begins.
alter table stream drop constraint stream_source_check;
alter table stream add constraint stream_source_check check (source in ('camera', 'mix', 'encoder'));
alter table stream add column scheduled_for timestamptz;
-- Whether it is to be recorded when it begins.
alter table stream add column record boolean not null default false;
-- How its media come to us, as its worker says.
alter table stream add column ingest text check (ingest in ('whip', 'rtmp', 'rtmps', 'srt', 'mix'));
alter table stream add column spec_revision integer not null default 0 check (spec_revision >= 0);
-- What is prepared in a booth has no time at which it is to begin, and nobody else may know of it.
alter table stream add constraint stream_scheduled_is_mix_or_announced check (
    status <> 'scheduled' or (source = 'mix') = (scheduled_for is null)
);
alter table stream add column is_announced boolean not null
    generated always as (status = 'scheduled' and scheduled_for is not null) stored;
-- What is only announced stands in nobody's way.
alter table stream add column is_open boolean not null
    generated always as (status = 'live' or (status = 'scheduled' and scheduled_for is null)) stored;
drop index stream_one_open_a_creator;
create unique index stream_one_open_a_creator on stream (creator_id) where is_open;
create index stream_announced_idx on stream (scheduled_for, id) where is_announced;

create table stream_key (
    id uuid primary key default gen_random_uuid(),
    creator_id uuid not null references app_user (id) on delete cascade,
    label text not null check (length(label) <= 60),
    hint text not null check (length(hint) = 4),
    key_hash bytea not null unique check (length(key_hash) = 32),
    created_at timestamptz not null,
    last_used_at timestamptz,
    revoked_at timestamptz
);
create index stream_key_creator_id_idx on stream_key (creator_id, created_at);
-- The key that its encoder came with.
alter table stream add column stream_key_id uuid references stream_key (id) on delete set null;
create index stream_stream_key_id_idx on stream (stream_key_id) where stream_key_id is not null;

-- What the next stream from an encoder is to be.
create table encoder_wish (
    creator_id uuid primary key references app_user (id) on delete cascade,
    title text not null check (length(title) between 1 and 120),
    description text not null check (length(description) <= 2000),
    record boolean not null,
    take_over boolean not null
);

create table stream_target (
    id uuid primary key,
    creator_id uuid not null references app_user (id) on delete cascade,
    platform text not null check (platform in ('youtube', 'twitch', 'facebook', 'custom')),
    label text not null check (length(label) between 1 and 60),
    url text not null check (length(url) <= 500),
    -- Sealed, with the name of the secret that opens it.
    sealed_key text not null,
    key_hint text not null check (length(key_hint) <= 4),
    enabled boolean not null,
    created_at timestamptz not null
);
create index stream_target_creator_id_idx on stream_target (creator_id, created_at);
