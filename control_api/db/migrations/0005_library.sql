create table crate (
    id uuid primary key default gen_random_uuid(),
    dj_id uuid not null references app_user (id) on delete cascade,
    name text not null check (length(name) between 1 and 100),
    created_at timestamptz not null
);
create unique index crate_name_idx on crate (dj_id, lower(name));
create table crate_track (
    crate_id uuid not null references crate (id) on delete cascade,
    track_id uuid not null references track (id) on delete cascade,
    added_at timestamptz not null,
    primary key (crate_id, track_id)
);
create index crate_track_track_id_idx on crate_track (track_id);

create table playlist (
    id uuid primary key default gen_random_uuid(),
    dj_id uuid not null references app_user (id) on delete cascade,
    name text not null check (length(name) between 1 and 100),
    created_at timestamptz not null
);
create unique index playlist_name_idx on playlist (dj_id, lower(name));
create table playlist_track (
    playlist_id uuid not null references playlist (id) on delete cascade,
    position integer not null check (position >= 0),
    track_id uuid not null references track (id) on delete cascade,
    primary key (playlist_id, position)
);
create index playlist_track_track_id_idx on playlist_track (track_id);

-- What Auto-DJ plays next.
create table queue_entry (
    id uuid primary key default gen_random_uuid(),
    dj_id uuid not null references app_user (id) on delete cascade,
    track_id uuid not null references track (id) on delete cascade,
    position integer not null check (position >= 0),
    added_at timestamptz not null
);
create index queue_entry_dj_id_idx on queue_entry (dj_id, position);
create index queue_entry_track_id_idx on queue_entry (track_id);
