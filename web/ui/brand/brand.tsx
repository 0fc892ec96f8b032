import "./brand.css";

/** The product's sign, with its name unless `bare`. */
export function Brand({ bare, size = 24 }: { bare?: boolean; size?: number }) {
  return (
    <span class="brand">
      <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
        <rect class="brand__ground" width="32" height="32" rx="8" />
        <path
          class="brand__bubble"
          d="M8 10.5A2.5 2.5 0 0 1 10.5 8h11a2.5 2.5 0 0 1 2.5 2.5v7a2.5 2.5 0 0 1-2.5 2.5H16l-4.700 4.100c-.5.45-1.300.1-1.300-.6V20A2.500 2.500 0 0 1 8 17.500z"
        />
        <circle class="brand__ground" cx="13" cy="14" r="1.6" />
        <circle class="brand__ground" cx="19" cy="14" r="1.6" />
      </svg>
      {bare ? <span class="unseen">Parley</span> : <span class="brand__name">Parley</span>}
    </span>
  );
}
