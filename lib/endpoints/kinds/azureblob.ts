import { addressOf, type Kind } from './kind.ts'
import { bucket } from './words.ts'

export const azureblob: Kind = {
  type: 'azureblob',
  group: 'buckets',
  label: 'Azure Blob Storage',
  sentence: 'Containers at Microsoft Azure, by account key or shared access signature.',
  fields: ['account', 'key', 'sas_url', 'endpoint'],
  words: {
    account: { label: 'Storage account' },
    key: { label: 'Account key' },
    sas_url: { label: 'SAS URL' },
  },
  path: { ...bucket, label: 'Container and prefix', help: 'The container’s name first.' },
  address: ({ endpoint, account }) =>
    addressOf(endpoint || (account && `https://${account}.blob.core.windows.net`)),
}
