/* libs: -ladvapi32 */
#include <windows.h>
#include <wincrypt.h>
#include <stdio.h>
int main(void) {
    HCRYPTPROV provider;
    HCRYPTHASH hash;
    BYTE digest[32];
    DWORD size = sizeof digest;
    unsigned sum = 0xFFFFFFFF;
    static char data[20000];
    for (int i = 0; i < (int)sizeof data; i++) data[i] = (char)(i * 13);
    for (int i = 0; i < (int)sizeof data; i++)
        for (int bit = (sum ^= (unsigned char)data[i], 0); bit < 8; bit++) sum = sum >> 1 ^ (sum & 1 ? 0xEDB88320 : 0);
    printf("crc32 %08x\n", ~sum);
    if (!CryptAcquireContextA(&provider, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT)) return 1;
    CryptCreateHash(provider, CALG_SHA_256, 0, 0, &hash);
    CryptHashData(hash, (BYTE *)data, sizeof data, 0);
    CryptGetHashParam(hash, HP_HASHVAL, digest, &size, 0);
    for (DWORD i = 0; i < size; i++) printf("%02x", digest[i]);
    CryptDestroyHash(hash);
    CryptReleaseContext(provider, 0);
    return 0;
}
