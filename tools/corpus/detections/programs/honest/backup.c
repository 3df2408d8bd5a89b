#include <windows.h>
#include <stdio.h>
int main(void) {
    const char *names[] = {"todo.txt", "customers.csv", "Thesis.docx"};
    char source[MAX_PATH], target[MAX_PATH];
    CreateDirectoryA("C:\\Users\\anna\\Backup", NULL);
    for (int i = 0; i < 3; i++) {
        snprintf(source, sizeof source, "C:\\Users\\anna\\Documents\\%s", names[i]);
        snprintf(target, sizeof target, "C:\\Users\\anna\\Backup\\%s", names[i]);
        printf("%s: %s\n", names[i], CopyFileA(source, target, FALSE) ? "copied" : "failed");
        SetFileAttributesA(target, FILE_ATTRIBUTE_READONLY);
    }
    return 0;
}
