import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';

import { common } from '../texts/common';

/** The id of a request, to copy; what has none shows that. */
export function RequestId({ id }: { id: string | null | undefined }) {
  if (!id) return <>{common.none}</>;
  return (
    <CopyToClipboard
      variant="icon"
      textToCopy={id}
      copyButtonAriaLabel={`${common.copyRequestId} ${id}`}
      copySuccessText={common.copied}
      copyErrorText={common.copyFailed}
    />
  );
}
