import { PageSkeleton } from '#app/_components/frame/page-skeleton.tsx'

export default function Loading() {
  return <PageSkeleton trail={[{ label: 'Events' }]} rows={12} />
}
