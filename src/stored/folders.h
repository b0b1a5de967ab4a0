/* SPDX-License-Identifier: Apache-2.0 */
/* What a folder of a mailbox is for, by what it is called. */
#ifndef STORED_FOLDERS_H
#define STORED_FOLDERS_H

/* As the listed values of message.folder are numbered. */
enum folder {
	FOLDER_INBOX,
	FOLDER_SENT,
	FOLDER_DRAFTS,
	FOLDER_JUNK,
	FOLDER_TRASH,
	FOLDER_OTHER,
	FOLDER_COUNT
};

/* name: its owner's, in UTF-8; what stands above it does not matter. */
enum folder folder_of(const char *name);

#endif
