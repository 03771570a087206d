import { ButtonLink } from '@/components/Button';
import { FullPageMessage, useTitle } from '@/components/Page';

export function NotFoundPage() {
  useTitle('Not found');
  return (
    <FullPageMessage
      title="Dead air"
      actions={
        <ButtonLink to="/" kind="primary">
          See who is live
        </ButtonLink>
      }
    >
      <p>There is no page at this address. The link may be old, or mistyped.</p>
    </FullPageMessage>
  );
}
