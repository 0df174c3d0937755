import { newKeyText, parseKeyRing, publicText } from '#lib/secrets/keys.ts'

/** One pair for all that a test run starts: what its web seals, its workers open. */
export const testSecretKey = process.env.FILE_ORBIT_TEST_SECRET_KEY ?? newKeyText()
process.env.FILE_ORBIT_TEST_SECRET_KEY = testSecretKey
export const testKeyRing = parseKeyRing(testSecretKey)
export const testPublicKey = publicText(testKeyRing[0].public)
export const testKeyId = testKeyRing[0].public.id
