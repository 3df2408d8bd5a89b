#include <windows.h>
#include <stdio.h>
int main(int count, char **words, char **environment) {
    char user[100];
    DWORD size = sizeof user;
    for (char **each = environment; *each; each++) puts(*each);
    GetUserNameA(user, &size);
    printf("user %s, home %s\n", user, getenv("USERPROFILE"));
    return 0;
}
