/**
 * Just enough X.509 (RFC 5280) to give a test cluster its certificates without any program installed: ECDSA P-256 keys,
 * one authority, serving certificates and client certificates.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** Both PEM. */
export interface CertificatePair {
  readonly certificate: string;
  readonly key: string;
}

export interface Authority extends CertificatePair {
  issue(request: CertificateRequest): CertificatePair;
}

export interface CertificateRequest {
  readonly commonName: string;
  readonly organization?: string;
  /** What it is for; the names apply to a server only. */
  readonly usage: 'server' | 'client';
  readonly dnsNames?: readonly string[];
  /** IPv4 only. */
  readonly ipAddresses?: readonly string[];
}

const VALID_MS = 365 * 24 * 3600 * 1000;

const OID = {
  commonName: [2, 5, 4, 3],
  organization: [2, 5, 4, 10],
  keyUsage: [2, 5, 29, 15],
  subjectAltName: [2, 5, 29, 17],
  basicConstraints: [2, 5, 29, 19],
  extendedKeyUsage: [2, 5, 29, 37],
  serverAuth: [1, 3, 6, 1, 5, 5, 7, 3, 1],
  clientAuth: [1, 3, 6, 1, 5, 5, 7, 3, 2],
  ecdsaWithSha256: [1, 2, 840, 10045, 4, 3, 2],
} as const;

/** A new self-signed authority. */
export function createAuthority(commonName: string): Authority {
  const { publicKey, privateKey } = newKeys();
  const name = distinguishedName(commonName, undefined);
  const extensions = [
    extension(OID.basicConstraints, sequence(boolean(true))),
    extension(OID.keyUsage, bits(0b0000_0110, 1)), // keyCertSign and cRLSign
  ];
  const certificate = signed({ subject: name, issuer: name, publicKey, extensions }, privateKey);
  return {
    certificate,
    key: pem(privateKey),
    issue: (request) => issue(request, name, privateKey),
  };
}

function issue(request: CertificateRequest, issuer: Buffer, issuerKey: KeyObject): CertificatePair {
  const { publicKey, privateKey } = newKeys();
  const subject = distinguishedName(request.commonName, request.organization);
  const usage = request.usage === 'server' ? OID.serverAuth : OID.clientAuth;
  const names = [
    ...(request.dnsNames ?? []).map((name) => der(0x82, Buffer.from(name, 'ascii'))),
    ...(request.ipAddresses ?? []).map((ip) => der(0x87, Buffer.from(ip.split('.').map(Number)))),
  ];
  const extensions = [
    extension(OID.keyUsage, bits(0b1000_0000, 7)), // digitalSignature
    extension(OID.extendedKeyUsage, sequence(oid(usage))),
    ...(names.length > 0 ? [extension(OID.subjectAltName, sequence(...names))] : []),
  ];
  return { certificate: signed({ subject, issuer, publicKey, extensions }, issuerKey), key: pem(privateKey) };
}

interface Certificate {
  readonly subject: Buffer;
  readonly issuer: Buffer;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
}

function signed(certificate: Certificate, key: KeyObject): string {
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const now = Date.now();
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))), // version 3
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])), // serial number, positive
    algorithm,
    certificate.issuer,
    sequence(time(now - 3600_000), time(now + VALID_MS)),
    certificate.subject,
    certificate.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...certificate.extensions)),
  );
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, key)]));
  const base64 = sequence(body, algorithm, signature).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${(base64.match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`;
}

function newKeys(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** One DER element: tag, length in as few bytes as possible, content (under 64 KiB). */
function der(tag: number, content: Buffer): Buffer {
  const n = content.length;
  const length = n < 0x80 ? [n] : n < 0x100 ? [0x81, n] : [0x82, n >> 8, n & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function integer(bytes: Buffer): Buffer {
  return der(0x02, bytes);
}

function boolean(value: boolean): Buffer {
  return der(0x01, Buffer.from([value ? 0xff : 0]));
}

/** A one-byte BIT STRING whose last `unused` bits do not count. */
function bits(byte: number, unused: number): Buffer {
  return der(0x03, Buffer.from([unused, byte]));
}

/** UTCTime: YYMMDDhhmmssZ. */
function time(ms: number): Buffer {
  return der(0x17, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`, 'ascii'));
}

/** Arcs in base 128, high bit set on all bytes but the last of an arc; the first two arcs share a byte. */
function oid(arcs: readonly number[]): Buffer {
  const [first = 0, second = 0, ...rest] = arcs;
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const digits = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
    bytes.push(...digits);
  }
  return der(0x06, Buffer.from(bytes));
}

function distinguishedName(commonName: string, organization: string | undefined): Buffer {
  const attribute = (type: readonly number[], value: string): Buffer =>
    der(0x31, sequence(oid(type), der(0x0c, Buffer.from(value, 'utf8'))));
  return sequence(
    ...(organization === undefined ? [] : [attribute(OID.organization, organization)]),
    attribute(OID.commonName, commonName),
  );
}

/** Critical, so that a reader that does not understand it refuses the certificate. */
function extension(type: readonly number[], value: Buffer): Buffer {
  return sequence(oid(type), boolean(true), der(0x04, value));
}
