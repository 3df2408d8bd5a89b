#include <ctype.h>
#include <stdio.h>
#include <string.h>
int main(void) {
    int letters[26] = {0}, words = 0, character, inside = 0;
    FILE *in = fopen("C:\\Users\\anna\\Documents\\todo.txt", "rb");
    if (!in) return 1;
    while ((character = fgetc(in)) != EOF) {
        if (isalpha(character)) { letters[tolower(character) - 'a']++; if (!inside) words++; inside = 1; }
        else inside = 0;
    }
    fseek(in, 0, SEEK_END);
    printf("%d words, %ld bytes\n", words, ftell(in));
    fclose(in);
    for (int i = 0; i < 26; i++) if (letters[i]) printf("%c %d\n", 'a' + i, letters[i]);
    char text[] = "a,b;c";
    for (char *token = strtok(text, ",;"); token; token = strtok(NULL, ",;")) puts(token);
    return 0;
}
