create table stream (
    id uuid primary key default gen_random_uuid(),
    creator_id uuid not null references app_user (id) on delete cascade,
    creator_type text not null check (creator_type in ('dj', 'performer')),
    title text not null check (length(title) between 1 and 120),
    description text not null default '' check (length(description) <= 2000),
    status text not null default 'live' check (status in ('live', 'ended')),
    media_state text not null default 'waiting' check (media_state in ('waiting', 'live', 'interrupted', 'ended')),
    media_state_since timestamptz not null,
    ended_reason text check (ended_reason in ('ended', 'publisher_lost', 'never_published', 'worker_lost')),
    start_time timestamptz not null,
    end_time timestamptz,
    viewer_count integer not null default 0 check (viewer_count >= 0),
    peak_viewers integer not null default 0 check (peak_viewers >= 0),
    worker_id text not null,
    publish_generation integer not null default 1 check (publish_generation >= 1),
    publish_granted_at timestamptz not null,
    check ((status = 'ended') = (media_state = 'ended')),
    check ((status = 'ended') = (end_time is not null)),
    check ((status = 'ended') = (ended_reason is not null))
);
-- The rule "one live stream a creator" lives here, where concurrent requests meet.
create unique index stream_one_live_a_creator on stream (creator_id) where status = 'live';
create index stream_live_idx on stream (viewer_count desc, start_time desc, id) where status = 'live';
create index stream_creator_id_idx on stream (creator_id, start_time desc);

create table stream_viewer (
    id uuid primary key default gen_random_uuid(),
    stream_id uuid not null references stream (id) on delete cascade,
    user_id uuid references app_user (id) on delete cascade,
    joined_at timestamptz not null,
    left_at timestamptz
);
create index stream_viewer_stream_id_idx on stream_viewer (stream_id, joined_at);
