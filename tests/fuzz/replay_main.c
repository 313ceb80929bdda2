/*
 * main() for builds without libFuzzer: gives each file named, and each file in the folders named,
 * to the target once, and says how many there were. Whatever a target finds wrong ends the process.
 */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static size_t replayed;

static void
fail(const char *path)
{
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	exit(EXIT_FAILURE);
}

static void
replay_file(const char *path, size_t size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(size == 0 ? 1 : size); /* exactly so large, for the sanitizer */

	if (file == NULL || data == NULL || fread(data, 1, size, file) != size)
		fail(path);
	fclose(file);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	replayed++;
}

static void
replay(const char *path)
{
	struct dirent *entry;
	struct stat info;
	DIR *folder;

	if (stat(path, &info) == -1)
		fail(path);
	if (!S_ISDIR(info.st_mode)) {
		replay_file(path, (size_t)info.st_size);
		return;
	}
	if ((folder = opendir(path)) == NULL)
		fail(path);
	while ((entry = readdir(folder)) != NULL) {
		char inner[4096];

		if (entry->d_name[0] == '.')
			continue;
		if ((size_t)snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name) >=
		    sizeof(inner)) {
			errno = ENAMETOOLONG;
			fail(path);
		}
		replay(inner);
	}
	closedir(folder);
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	printf("%zu inputs\n", replayed);
	return replayed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
