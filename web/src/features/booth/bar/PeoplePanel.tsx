import { useState, type SubmitEvent } from 'react';

import { handOver } from '@/api/mix/hand-over';
import { inviteMember } from '@/api/mix/invite-member';
import { removeMember } from '@/api/mix/remove-member';
import type { Mix, MixMember } from '@/api/mix/types';
import { Avatar } from '@/components/Avatar';
import { Button } from '@/components/Button';
import { TextField } from '@/components/Field';
import { Notice } from '@/components/Notice';
import { plural } from '@/lib/format';
import { ApiError } from '@/lib/http';
import { useDesk } from '@/lib/mix/desk-port';

import styles from './PeoplePanel.module.css';

/** Only DJs are members. */
const MEMBER_ROLE = 'dj';

interface PeoplePanelProps {
  mix: Mix;
  userId: string;
  onChanged: (mix: Mix) => void;
  /** We have left the booth. */
  onLeft: () => void;
}

/** The DJs of the booth: the lead invites, removes and hands over. */
export function PeoplePanel({ mix, userId, onChanged, onLeft }: PeoplePanelProps) {
  const devices = useDesk((desk) => desk.devices) ?? [];
  const [username, setUsername] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const isLead = mix.leadId === userId;

  const run = async (act: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      await act();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.message);
    } finally {
      setBusy(false);
    }
  };
  const invite = (event: SubmitEvent): void => {
    event.preventDefault();
    const given = username.trim();
    if (given === '') return;
    void run(async () => {
      onChanged(await inviteMember(mix.id, given));
      setUsername('');
    });
  };
  const leave = async (): Promise<void> => {
    await removeMember(mix.id, userId);
    onLeft();
  };
  const actionsOf = (member: MixMember) => {
    if (member.userId === userId) {
      if (isLead) return null;
      return (
        <Button
          kind="ghost"
          size="small"
          busy={isBusy}
          onClick={() => void run(leave)}
        >
          Leave
        </Button>
      );
    }
    if (!isLead) return null;
    return (
      <>
        <Button
          size="small"
          busy={isBusy}
          data-testid={`hand-over-${member.username}`}
          onClick={() => void run(async () => onChanged(await handOver(mix.id, member.userId)))}
        >
          Hand over
        </Button>
        <Button
          kind="ghost"
          size="small"
          busy={isBusy}
          data-testid={`remove-${member.username}`}
          onClick={() => void run(async () => onChanged(await removeMember(mix.id, member.userId)))}
        >
          Remove
        </Button>
      </>
    );
  };
  return (
    <section className={styles.people} aria-label="Who is in the booth">
      <h2>In the booth</h2>
      {problem !== null && <Notice tone="bad" title={problem} live />}
      <ul className={styles.list}>
        {mix.members.map((member) => (
          <li key={member.userId} className={styles.member} data-testid={`member-${member.username}`}>
            <Avatar name={member.username} role={MEMBER_ROLE} />
            <p>
              <strong>{member.username}</strong>
              <span>{presenceOf(member, devices, userId)}</span>
            </p>
            <div className={styles.actions}>{actionsOf(member)}</div>
          </li>
        ))}
      </ul>
      {isLead ? (
        <form className={styles.invite} onSubmit={invite}>
          <TextField
            label="Invite a DJ"
            value={username}
            placeholder="Their username"
            autoComplete="off"
            data-testid="invite-input"
            onChange={(event) => setUsername(event.target.value)}
          />
          <Button type="submit" busy={isBusy} data-testid="invite">
            Invite
          </Button>
        </form>
      ) : (
        <p className={styles.note}>The lead invites others and hands the booth over. Everyone here plays.</p>
      )}
    </section>
  );
}

function presenceOf(member: MixMember, devices: readonly { userId: string }[], userId: string): string {
  const count = devices.filter((device) => device.userId === member.userId).length;
  const here = count === 0 ? 'not here' : count === 1 ? 'here' : `here on ${plural(count, 'device')}`;
  const role = member.isLead ? 'leads' : 'plays';
  return `${member.userId === userId ? 'you, ' : ''}${role}, ${here}`;
}
