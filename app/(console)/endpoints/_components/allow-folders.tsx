import { Notice } from '#app/_components/notice.tsx'
import { FoldersForm } from '../../settings/_components/folders-form.tsx'

/** Shown while no folder of this machine is allowed: nothing local works until an owner says which. */
export function AllowFolders({ mayAllow }: { mayAllow: boolean }) {
  return (
    <Notice className="mt-4" tone="warn" title="No folder of this machine is allowed yet">
      {mayAllow ? (
        <div className="mt-2 max-w-xl">
          <FoldersForm roots={[]} verb="Allow these folders" />
        </div>
      ) : (
        'An owner can allow some here, or start File Orbit with FILE_ORBIT_LOCAL_ROOTS.'
      )}
    </Notice>
  )
}
