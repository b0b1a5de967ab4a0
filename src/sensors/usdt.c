/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/usdt.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"

enum { NOTE_KIND = 3, REFERENCE_SHIFT = 32, MOST_TYPE = 16 };

/* In the order of struct pt_regs. */
static const char *const registers[] = {"r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10",
    "r9", "r8", "rax", "rcx", "rdx", "rsi", "rdi"};

/* The words of one note; texts lie in the file's data. */
struct note {
	uint64_t location;
	uint64_t semaphore;
	const char *provider;
	const char *name;
	const char *arguments;
};

/* The next text, within the bytes; NULL if it has no end there. */
static const char *
next_text(const char **at, const char *end)
{
	const char *text = *at;
	const char *nul = text < end ? memchr(text, '\0', (size_t)(end - text)) : NULL;
	if (!nul)
		return NULL;
	*at = nul + 1;
	return text;
}

static bool
read_note(const char *bytes, size_t length, struct note *ret_note)
{
	uint64_t words[3];
	if (length < sizeof(words))
		return false;
	memcpy(words, bytes, sizeof(words));
	const char *at = bytes + sizeof(words), *end = bytes + length;
	*ret_note = (struct note){.location = words[0], .semaphore = words[2]};
	ret_note->provider = next_text(&at, end);
	ret_note->name = ret_note->provider ? next_text(&at, end) : NULL;
	ret_note->arguments = ret_note->name ? next_text(&at, end) : NULL;
	return ret_note->arguments != NULL;
}

static bool
find_in_section(Elf_Data *data, const char *provider, const char *name, struct note *ret_note)
{
	GElf_Nhdr header;
	size_t at = 0, next, owner, content;
	for (; (next = gelf_getnote(data, at, &header, &owner, &content)) > 0; at = next)
		if (header.n_type == NOTE_KIND &&
		    read_note((const char *)data->d_buf + content, header.n_descsz, ret_note) &&
		    strcmp(ret_note->provider, provider) == 0 &&
		    strcmp(ret_note->name, name) == 0)
			return true;
	return false;
}

static bool
find_note(Elf *elf, const char *provider, const char *name, struct note *ret_note)
{
	for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
		GElf_Shdr header;
		Elf_Data *data = NULL;
		if (gelf_getshdr(section, &header) && header.sh_type == SHT_NOTE)
			data = elf_getdata(section, NULL);
		if (data && find_in_section(data, provider, name, ret_note))
			return true;
	}
	return false;
}

/* Where an address of the program lies in its file; 0: nowhere. */
static uint64_t
offset_of(Elf *elf, uint64_t address)
{
	size_t count = 0;
	GElf_Phdr segment;
	if (elf_getphdrnum(elf, &count))
		return 0;
	for (int i = 0; i < (int)count; i++)
		if (gelf_getphdr(elf, i, &segment) && segment.p_type == PT_LOAD &&
		    address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz)
			return address - segment.p_vaddr + segment.p_offset;
	return 0;
}

/* "8@%rax 8@%rdx ...": only a whole register is understood. */
static int
first_argument(const char *arguments)
{
	char name[8];
	if (sscanf(arguments, "%*d@%%%7[a-z0-9]", name) != 1)
		return -1;
	for (int i = 0; i < (int)array_length(registers); i++)
		if (strcmp(registers[i], name) == 0)
			return i;
	return -1;
}

int
usdt_find(int fd, const char *provider, const char *name, struct usdt_probe *ret_probe)
{
	struct note note;
	GElf_Ehdr header;
	if (elf_version(EV_CURRENT) == EV_NONE)
		return -ENOEXEC;
	Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
	int status =
	    elf && gelf_getehdr(elf, &header) && header.e_machine == EM_X86_64 ? 0 : -ENOEXEC;
	if (!status && !find_note(elf, provider, name, &note))
		status = -ENOENT;
	if (!status)
		*ret_probe = (struct usdt_probe){
		    .offset = offset_of(elf, note.location),
		    .semaphore = note.semaphore ? offset_of(elf, note.semaphore) : 0,
		    .argument = first_argument(note.arguments),
		};
	if (!status && !ret_probe->offset)
		status = -ENOEXEC;
	elf_end(elf);
	return status;
}

static int
uprobe_type(void)
{
	auto_str text = {0};
	int status =
	    file_read(AT_FDCWD, "/sys/bus/event_source/devices/uprobe/type", MOST_TYPE, &text);
	return status ? status : (int)strtol(str_text(&text), NULL, 10);
}

int
usdt_attach(int fd, const struct usdt_probe *probe, int program)
{
	char path[48];
	int type = uprobe_type();
	if (type < 0)
		return type;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	struct perf_event_attr attributes = {
	    .size = sizeof(attributes),
	    .type = (uint32_t)type,
	    .config = probe->semaphore << REFERENCE_SHIFT,
	    .uprobe_path = (uint64_t)(uintptr_t)path,
	    .probe_offset = probe->offset,
	};
	auto_fd int event =
	    (int)syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (event < 0)
		return -errno;
	LIBBPF_OPTS(bpf_link_create_opts, options,
	    .perf_event.bpf_cookie = (uint64_t)(probe->argument < 0 ? 0 : probe->argument));
	int link = bpf_link_create(program, event, BPF_PERF_EVENT, &options);
	return link < 0 ? -errno : link;
}
