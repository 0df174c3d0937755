'use client'

import { Upload } from 'lucide-react'
import { useRef, useState } from 'react'
import { formatPercent } from '#app/_components/format.ts'
import { visiblePath } from '#app/_components/path-parts.ts'
import { toast } from '#app/_components/toast.ts'
import { Button } from '#app/_components/ui/button.tsx'
import { contentAddress } from './content-address.ts'

/** Sends chosen files into the folder, one after the other; a name that is taken is asked about. */
export function UploadButton({
  endpointId,
  folder,
  onDone,
}: {
  endpointId: string
  folder: string
  onDone: () => void
}) {
  const input = useRef<HTMLInputElement>(null)
  const [going, setGoing] = useState<{ name: string; share: number; stop: () => void } | null>(null)
  const sendAll = async (files: File[]) => {
    for (const file of files) {
      const path = folder === '' ? file.name : `${folder}/${file.name}`
      const send = (overwrite: boolean) =>
        put(`${contentAddress(endpointId, path)}${overwrite ? '&overwrite=true' : ''}`, file, (share, stop) =>
          setGoing({ name: file.name, share, stop }),
        )
      let refusal = await send(false)
      if (
        refusal?.status === 409 &&
        window.confirm(`“${visiblePath(file.name)}” is there already. Replace it?`)
      ) {
        refusal = await send(true)
      }
      if (refusal) toast.error(`${visiblePath(file.name)}: ${refusal.message}`)
      else toast.success(`“${visiblePath(file.name)}” is there`)
    }
    setGoing(null)
    onDone()
  }
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files to upload"
        onChange={(event) => {
          const files = [...(event.target.files ?? [])]
          event.target.value = ''
          if (files.length > 0) void sendAll(files)
        }}
      />
      {going ? (
        <span role="status" className="flex items-center gap-2 text-muted-foreground">
          <span className="max-w-40 truncate">{visiblePath(going.name)}</span> {formatPercent(going.share)}
          <Button onClick={going.stop}>Stop</Button>
        </span>
      ) : (
        <Button onClick={() => input.current?.click()}>
          <Upload aria-hidden />
          Upload
        </Button>
      )}
    </>
  )
}

/** XMLHttpRequest: fetch does not say how far a body has gone. Null when it landed. */
function put(
  address: string,
  file: File,
  told: (share: number, stop: () => void) => void,
): Promise<{ status: number; message: string } | null> {
  const { promise, resolve } = Promise.withResolvers<{ status: number; message: string } | null>()
  const request = new XMLHttpRequest()
  const stop = () => request.abort()
  request.open('PUT', address)
  request.setRequestHeader('content-type', 'application/octet-stream')
  request.upload.onprogress = ({ loaded, total }) => told(total > 0 ? loaded / total : 1, stop)
  request.onload = () => {
    if (request.status === 200) return resolve(null)
    const detail = /"detail":\s*("(?:[^"\\]|\\.)*")/.exec(request.responseText)?.[1]
    resolve({ status: request.status, message: detail ? (JSON.parse(detail) as string) : 'It was refused.' })
  }
  request.onerror = () => resolve({ status: 0, message: 'The connection broke. Nothing was kept.' })
  request.onabort = () => resolve({ status: 0, message: 'Stopped. Nothing was kept.' })
  told(0, stop)
  request.send(file)
  return promise
}
