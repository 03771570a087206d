-- What is searched and sorted by: lower case, without accents, and nothing but words with a blank between them.
create function search_words(written text) returns text
language sql immutable strict parallel safe
return trim(regexp_replace(
    normalize(
        regexp_replace(
            translate(lower(normalize(
                replace(replace(replace(replace(written, 'ß', 'ss'), 'ẞ', 'ss'), 'æ', 'ae'), 'Æ', 'ae'), nfkd
            )), 'øłđðħı''’', 'olddhi'),
            U&'[\0300-\036F]', '', 'g'
        ), nfkc
    ), '[^[:alnum:]]+', ' ', 'g'
));

-- Matches what has, for each word of the text, a word that begins with it. Null, so no match, for a text without words.
create function words_beginning_with(asked text) returns tsquery
language sql immutable strict parallel safe
return (
    select to_tsquery('simple', string_agg('''' || word || ''':*', ' & '))
    from regexp_split_to_table(search_words(asked), ' ') as word where word <> ''
);

create table track (
    id uuid primary key default gen_random_uuid(),
    dj_id uuid not null references app_user (id) on delete cascade,
    status text not null default 'processing' check (status in ('processing', 'ready', 'held', 'rejected')),
    -- Why it is held or rejected: a stable code and a sentence for the DJ.
    problem_code text,
    problem_message text,
    file_name text not null check (length(file_name) between 1 and 255),
    suffix text not null default '' check (suffix ~ '^(\.[a-z0-9]{1,8})?$'),
    file_size bigint not null check (file_size >= 0),
    upload_date timestamptz not null,
    -- SHA-256 of the original, in hex: also the name of its decoded samples.
    content_id text check (content_id ~ '^[0-9a-f]{64}$'),
    original_key text,
    audio_key text,
    audio_bytes bigint,
    cover_key text,
    waveform_key text,
    scanned boolean not null default false,
    scan_results jsonb not null default '{}',
    title text not null check (length(title) between 1 and 200),
    artist text not null default '' check (length(artist) <= 200),
    album text not null default '' check (length(album) <= 200),
    genre text not null default '' check (length(genre) <= 100),
    year integer check (year between 1000 and 9999),
    comment text not null default '' check (length(comment) <= 1000),
    -- What else the file's own tags say, cleaned.
    metadata jsonb not null default '{}',
    duration_s double precision check (duration_s > 0),
    lufs double precision,
    trim_db double precision not null default 0,
    bpm double precision check (bpm between 20 and 400),
    bpm_confidence double precision,
    grid_frame double precision,
    grid_edited boolean not null default false,
    musical_key text,
    camelot text check (camelot ~ '^([1-9]|1[0-2])[AB]$'),
    key_confidence double precision,
    structure jsonb,
    hot_cues jsonb not null default '[null, null, null, null, null, null, null, null]',
    cue_frame double precision not null default 0,
    play_count integer not null default 0 check (play_count >= 0),
    last_played_at timestamptz,
    search tsvector generated always as (
        to_tsvector('simple', search_words(title || ' ' || artist || ' ' || album || ' ' || genre || ' ' || file_name))
    ) stored,
    title_sort text generated always as (search_words(title)) stored,
    artist_sort text generated always as (search_words(artist)) stored,
    check ((status in ('held', 'rejected')) = (problem_code is not null)),
    check (status <> 'ready' or (content_id is not null and original_key is not null and audio_key is not null))
);
create index track_dj_id_idx on track (dj_id, upload_date, id);
create index track_title_idx on track (dj_id, title_sort, id);
create index track_artist_idx on track (dj_id, artist_sort, id);
create index track_content_idx on track (dj_id, content_id) where content_id is not null;
create index track_search_idx on track using gin (search);

-- A file on its way up (tus); it becomes a track when its last byte is here.
create table upload (
    id uuid primary key default gen_random_uuid(),
    dj_id uuid not null references app_user (id) on delete cascade,
    file_name text not null check (length(file_name) between 1 and 255),
    length_bytes bigint not null check (length_bytes > 0),
    offset_bytes bigint not null default 0 check (offset_bytes between 0 and length_bytes),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    -- Who writes to it; nobody else may until then.
    locked_by text,
    locked_until timestamptz,
    completed_at timestamptz,
    track_id uuid references track (id) on delete set null
);
create index upload_dj_id_idx on upload (dj_id);
create index upload_expires_idx on upload (expires_at);

-- Chromaprint fingerprints: of every track, and of works that somebody claims.
create table track_fingerprint (
    track_id uuid primary key references track (id) on delete cascade,
    fingerprint integer[] not null,
    duration_s double precision not null
);
create table claimed_work (
    id uuid primary key default gen_random_uuid(),
    title text not null,
    claimant text not null,
    fingerprint integer[] not null,
    duration_s double precision not null,
    created_at timestamptz not null,
    withdrawn_at timestamptz
);
create index track_fingerprint_idx on track_fingerprint using gin (fingerprint);
create index claimed_work_fingerprint_idx on claimed_work using gin (fingerprint) where withdrawn_at is null;

create table job (
    id uuid primary key default gen_random_uuid(),
    kind text not null,
    payload jsonb not null,
    run_at timestamptz not null,
    attempts integer not null default 0,
    locked_until timestamptz,
    locked_by text,
    failed_at timestamptz,
    last_error text,
    created_at timestamptz not null
);
create index job_due_idx on job (run_at) where failed_at is null;
