import type { LucideIcon } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { ReactElement, ReactNode } from "react";
import { Check } from "lucide-react";
import { classNames } from "./classNames.ts";
import { Kbd } from "./Kbd.tsx";

export const overlayPanel = "z-40 overlay-in rounded-panel bg-card text-foreground shadow-overlay outline-none";

const itemLook =
  "flex min-h-7 items-center gap-2 rounded-control px-2 text-body outline-none data-[highlighted]:bg-hover data-[disabled]:text-muted-foreground data-[disabled]:opacity-60";

interface MenuProps {
  trigger: ReactElement;
  label: string;
  children: ReactNode;
  align?: "start" | "end" | "center";
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  className?: string;
}

export function Menu({ trigger, label, children, align = "start", open, onOpenChange, className }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false} {...(open === undefined ? {} : { open })} {...(onOpenChange ? { onOpenChange } : {})}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          aria-label={label}
          align={align}
          sideOffset={4}
          collisionPadding={8}
          loop
          className={classNames(overlayPanel, "max-h-[70vh] min-w-48 overflow-y-auto p-1", className)}
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

interface ItemProps {
  icon?: LucideIcon | undefined;
  keys?: string | undefined;
  /** Why it cannot be chosen. */
  refused?: string | undefined;
  danger?: boolean | undefined;
  onSelect(): void;
  children: ReactNode;
}

export function MenuItem({ icon: Icon, keys, refused, danger, onSelect, children }: ItemProps) {
  return (
    <DropdownMenu.Item className={classNames(itemLook, danger && "text-failed")} disabled={refused !== undefined} onSelect={onSelect} title={refused}>
      {Icon ? <Icon size={14} aria-hidden className={danger ? "text-failed-icon" : "text-muted-foreground"} /> : null}
      <span className="min-w-0 flex-1">
        <span className="block truncate">{children}</span>
        {refused ? <span className="block max-w-64 pb-1 text-meta whitespace-normal text-muted-foreground">{refused}</span> : null}
      </span>
      {keys ? <Kbd keys={keys} /> : null}
    </DropdownMenu.Item>
  );
}

export function MenuChoice({
  checked,
  onSelect,
  children,
  keepOpen,
}: {
  checked: boolean;
  onSelect(): void;
  children: ReactNode;
  keepOpen?: boolean;
}) {
  return (
    <DropdownMenu.CheckboxItem
      checked={checked}
      onSelect={(event) => {
        if (keepOpen) event.preventDefault();
        onSelect();
      }}
      className={classNames(itemLook, "pl-7 relative")}
    >
      <DropdownMenu.ItemIndicator className="absolute left-2">
        <Check size={14} aria-hidden />
      </DropdownMenu.ItemIndicator>
      {children}
    </DropdownMenu.CheckboxItem>
  );
}

export const MenuSeparator = () => <DropdownMenu.Separator className="my-1 h-px bg-border" />;
export const MenuLabel = ({ children }: { children: ReactNode }) => (
  <DropdownMenu.Label className="px-2 py-1 text-meta font-medium text-muted-foreground">{children}</DropdownMenu.Label>
);
