-- A stream that is being prepared in a booth is scheduled: it has no picture, no sound and no audience yet.
alter table stream drop constraint stream_status_check;
alter table stream add constraint stream_status_check check (status in ('scheduled', 'live', 'ended'));
alter table stream drop constraint stream_ended_reason_check;
alter table stream add constraint stream_ended_reason_check check (
    ended_reason in ('ended', 'publisher_lost', 'never_published', 'worker_lost', 'never_started')
);
-- Where its programme comes from: a publisher's camera, or a mix.
alter table stream add column source text not null default 'camera' check (source in ('camera', 'mix'));
alter table stream add constraint stream_scheduled_is_waiting check (status <> 'scheduled' or media_state = 'waiting');
drop index stream_one_live_a_creator;
create unique index stream_one_open_a_creator on stream (creator_id) where status <> 'ended';

create table mix (
    stream_id uuid primary key references stream (id) on delete cascade,
    lead_id uuid not null references app_user (id) on delete cascade,
    mixer_id text not null,
    deck_count integer not null check (deck_count in (2, 4)),
    revision integer not null default 1 check (revision >= 1),
    feed_generation integer not null default 1 check (feed_generation >= 1),
    opened_at timestamptz not null,
    last_entered_at timestamptz not null,
    closed_at timestamptz
);
create index mix_open_idx on mix (mixer_id) where closed_at is null;
create index mix_lead_id_idx on mix (lead_id) where closed_at is null;
create table mix_member (
    stream_id uuid not null references mix (stream_id) on delete cascade,
    user_id uuid not null references app_user (id) on delete cascade,
    joined_at timestamptz not null,
    primary key (stream_id, user_id)
);
create index mix_member_user_id_idx on mix_member (user_id);

create table play (
    id uuid primary key default gen_random_uuid(),
    -- Of a mixer's event, which may come twice.
    event_id text not null unique,
    stream_id uuid not null references stream (id) on delete cascade,
    dj_id uuid not null references app_user (id) on delete cascade,
    track_id uuid references track (id) on delete set null,
    title text not null,
    artist text not null,
    played_at timestamptz not null,
    on_air boolean not null,
    by_auto_dj boolean not null
);
create index play_dj_id_idx on play (dj_id, played_at desc, id);
create index play_track_id_idx on play (track_id);

create table mix_recording (
    id uuid primary key default gen_random_uuid(),
    event_id text not null unique,
    stream_id uuid not null references stream (id) on delete cascade,
    dj_id uuid not null references app_user (id) on delete cascade,
    object_key text not null,
    cue_sheet_key text not null,
    started_at timestamptz not null,
    duration_s double precision not null,
    bytes bigint not null
);
create index mix_recording_dj_id_idx on mix_recording (dj_id, started_at desc);
