import { useId, useState, type SubmitEvent } from 'react';

import { createTarget } from '@/api/encoder/create-target';
import { editTarget } from '@/api/encoder/edit-target';
import type { Platform, Target } from '@/api/encoder/types';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { Select, TextField } from '@/components/Field';
import { Notice } from '@/components/Notice';
import { useAct } from '@/components/useAct';

import styles from '@/components/Panel.module.css';
import { platformOf, PLATFORMS } from './platforms';

interface TargetDialogProps {
  /** Null for a new one. */
  target: Target | null;
  onClose: () => void;
  onSaved: () => void;
}

/** A platform to send the stream on to. A key that is kept is not shown again. */
export function TargetDialog({ target, onClose, onSaved }: TargetDialogProps) {
  const [platform, setPlatform] = useState<Platform>(target?.platform ?? 'youtube');
  const [label, setLabel] = useState(target?.label ?? '');
  const [url, setUrl] = useState(target?.platform === 'custom' ? target.url : '');
  const [key, setKey] = useState('');
  const { isBusy, problem, fields, run } = useAct();
  const formId = useId();
  const isCustom = platform === 'custom';
  const { name, where } = platformOf(platform);
  const given = label.trim() === '' ? name : label.trim();
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const address = isCustom ? { url: url.trim() } : {};
    const save = async (): Promise<void> => {
      if (target === null) await createTarget({ platform, label: given, ...address, key: key.trim(), enabled: true });
      else await editTarget(target.id, { label: given, ...address, ...(key.trim() !== '' && { key: key.trim() }) });
    };
    void run(save).then((isSaved) => {
      if (isSaved) onSaved();
    });
  };
  return (
    <Dialog
      isOpen
      title={target === null ? 'Add a platform' : `Edit ${target.label}`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form={formId}
            kind="primary"
            busy={isBusy}
            disabled={(target === null && key.trim() === '') || (isCustom && url.trim() === '')}
            data-testid="save-target"
          >
            {target === null ? 'Add' : 'Save'}
          </Button>
        </>
      }
    >
      <form id={formId} className={styles.form} onSubmit={submit} noValidate>
        {target === null && (
          <Select
            label="Platform"
            value={platform}
            error={fields.platform}
            onChange={(event) => setPlatform(event.target.value as Platform)}
          >
            {PLATFORMS.map(({ id, name: option }) => (
              <option key={id} value={id}>
                {option}
              </option>
            ))}
          </Select>
        )}
        {isCustom && (
          <TextField
            label="Server"
            value={url}
            placeholder="rtmps://live.example.com/app"
            inputMode="url"
            autoComplete="off"
            spellCheck={false}
            error={fields.url}
            onChange={(event) => setUrl(event.target.value)}
          />
        )}
        <TextField
          label="Stream key"
          type="password"
          value={key}
          autoComplete="off"
          hint={target === null ? where : `Leave it empty to keep the one that ends in ${target.keyHint}.`}
          error={fields.key}
          onChange={(event) => setKey(event.target.value)}
        />
        <TextField
          label="Name"
          value={label}
          maxLength={60}
          placeholder={name}
          autoComplete="off"
          hint="How you tell it from the others."
          error={fields.label}
          onChange={(event) => setLabel(event.target.value)}
        />
        {problem !== null && <Notice tone="bad" title={problem} live />}
      </form>
    </Dialog>
  );
}
