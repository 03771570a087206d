-- What a moderator decided about a track that was held, for its DJ to read.
alter table track
    add column decision text check (decision in ('released', 'rejected')),
    add column decision_reason text,
    add column decided_at timestamptz,
    add check ((decision is null) = (decision_reason is null) and (decision is null) = (decided_at is null));
create index track_held_idx on track (upload_date, id) where status = 'held';

-- What moderators did, and why. It refers to nothing, so it stays when the account, the track or the claim is gone.
create table moderator_act (
    id uuid primary key default gen_random_uuid(),
    acted_at timestamptz not null,
    moderator_id uuid not null,
    moderator_name text not null,
    act text not null check (act in ('track_released', 'track_rejected', 'claim_made', 'claim_withdrawn')),
    track_id uuid,
    dj_id uuid,
    claim_id uuid,
    title text not null,
    reason text not null check (length(reason) between 1 and 300)
);
create index moderator_act_idx on moderator_act (acted_at desc, id);
create index moderator_act_track_idx on moderator_act (track_id, claim_id) where track_id is not null;
