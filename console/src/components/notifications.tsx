import Flashbar, { type FlashbarProps } from '@cloudscape-design/components/flashbar';
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';

import { common, navigation } from '../texts/common';

interface Notice {
  type: 'success' | 'info' | 'warning';
  content: ReactNode;
}

interface Notices {
  items: FlashbarProps.MessageDefinition[];
  notify: (notice: Notice) => void;
}

const NoticesContext = createContext<Notices | null>(null);

/** Messages at the top that outlive the page that gave them, such as "created". Problems stay at what they belong to. */
export function NotificationsProvider({ children }: { children: ReactNode }) {
  const [items, setItems] = useState<FlashbarProps.MessageDefinition[]>([]);
  const notify = useCallback(({ type, content }: Notice) => {
    const id = crypto.randomUUID();
    const dismiss = () => setItems((present) => present.filter((item) => item.id !== id));
    // The newest only: older ones were about what the person has done before.
    setItems([{ id, type, content, dismissible: true, dismissLabel: common.dismiss, onDismiss: dismiss }]);
  }, []);
  const value = useMemo(() => ({ items, notify }), [items, notify]);
  return <NoticesContext.Provider value={value}>{children}</NoticesContext.Provider>;
}

function useNotices(): Notices {
  const notices = useContext(NoticesContext);
  if (!notices) {
    throw new Error('there is no place for notifications');
  }
  return notices;
}

export function useNotify(): Notices['notify'] {
  return useNotices().notify;
}

export function Notifications() {
  return <Flashbar items={useNotices().items} i18nStrings={{ ariaLabel: navigation.notifications }} />;
}
