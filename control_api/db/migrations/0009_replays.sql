-- A recording, and what becomes of it. Its id is that of the recording.
create table replay (
    id uuid primary key,
    stream_id uuid not null references stream (id) on delete cascade,
    creator_id uuid not null references app_user (id) on delete cascade,
    title text not null check (length(title) between 1 and 120),
    description text not null check (length(description) <= 2000),
    state text not null default 'recording' check (state in ('recording', 'ready', 'failed')),
    visibility text not null default 'public' check (visibility in ('public', 'private')),
    started_at timestamptz not null,
    ended_at timestamptz,
    last_heard_at timestamptz not null,
    duration_s double precision not null default 0 check (duration_s >= 0),
    bytes bigint not null default 0 check (bytes >= 0),
    keep_until timestamptz,
    thumbnail_key text,
    download_state text not null default 'none' check (download_state in ('none', 'making', 'ready', 'failed')),
    download_progress double precision not null default 0 check (download_progress between 0 and 1),
    download_key text,
    download_made_at timestamptz,
    check ((state = 'recording') = (ended_at is null)),
    check ((download_state = 'ready') = (download_key is not null and download_made_at is not null))
);
create index replay_stream_id_idx on replay (stream_id, started_at desc);
create index replay_creator_id_idx on replay (creator_id, started_at desc);
create index replay_public_idx on replay (started_at desc, id) where visibility = 'public' and duration_s > 0;
create index replay_recording_idx on replay (last_heard_at) where state = 'recording';
create index replay_keep_until_idx on replay (keep_until) where keep_until is not null;
create index replay_download_made_at_idx on replay (download_made_at) where download_made_at is not null;
-- The recording that is wanted of a stream.
alter table stream add column recording_id uuid references replay (id) on delete set null;
create index stream_recording_id_idx on stream (recording_id) where recording_id is not null;

create table replay_rendition (
    replay_id uuid not null references replay (id) on delete cascade,
    name text not null,
    kind text not null check (kind in ('video', 'audio')),
    duration_s double precision not null default 0,
    bytes bigint not null default 0,
    peak_bps double precision not null default 0,
    primary key (replay_id, name)
);

-- An initialization segment, and how what follows it is encoded.
create table replay_init (
    replay_id uuid not null,
    rendition text not null,
    init integer not null,
    object_name text not null,
    codec text not null,
    width integer not null,
    height integer not null,
    primary key (replay_id, rendition, init),
    foreign key (replay_id, rendition) references replay_rendition (replay_id, name) on delete cascade
);

create table replay_segment (
    replay_id uuid not null,
    rendition text not null,
    number bigint not null,
    init integer not null,
    object_name text not null,
    duration_s double precision not null check (duration_s > 0),
    media_s double precision not null,
    -- Where it begins, from the beginning of the replay.
    at_s double precision not null,
    date_time timestamptz not null,
    bytes bigint not null check (bytes >= 0),
    discontinuity boolean not null,
    primary key (replay_id, rendition, number),
    foreign key (replay_id, rendition, init) references replay_init (replay_id, rendition, init) on delete cascade
);
create index replay_segment_discontinuity_idx on replay_segment (replay_id, rendition, number) where discontinuity;
