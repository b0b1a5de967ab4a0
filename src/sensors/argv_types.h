/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the search for a script among arguments works on: an interpreter, that
 * is what its options mean (made from interpreters.def, and held as a table in
 * the kernel), and how far the search has come.
 */
#ifndef SENSORS_ARGV_TYPES_H
#define SENSORS_ARGV_TYPES_H

#include <linux/types.h>

/* Code that also runs in the kernel must not become calls there. */
#define inlined inline __attribute__((always_inline, unused))

enum argv_letter {
	LETTER_FLAG,	 /* stands alone, more letters may follow */
	LETTER_CODE,	 /* code, a module or standard input instead of a script file */
	LETTER_VALUE,	 /* takes the rest of the word or else the next word */
	LETTER_ATTACHED, /* takes the rest of the word, which may be empty */
	LETTER_SCRIPT,	 /* like VALUE, and the value is the script */
	LETTER_MODULE,	 /* like VALUE, and the value is the name of a module */
};

enum {
	INTERPRETER_LONG_OPTIONS = 4,
	INTERPRETER_APPLETS = 2,
	INTERPRETER_NAME = 16,
	ARGV_WINDOW = 512
};

struct interpreter {
	unsigned char letters[128]; /* enum argv_letter */
	__u32
	    long_code[INTERPRETER_LONG_OPTIONS]; /* argv_option_hash() of "eval" ...; 0: none */
	__u32 long_value[INTERPRETER_LONG_OPTIONS];
	__u32 applets[INTERPRETER_APPLETS]; /* of a program that is many: those that run scripts
					     */
	__u32 self;	/* hash of its own name, for a program that is many */
	__u32 plus;	/* options may begin with '+' too, as a shell's do */
	__u32 loads;	/* what it is given is no script, but the program that runs */
	__u32 number;	/* from 1 on */
	__u32 operand;	/* enum argv_operand */
	__u32 one_dash; /* of the word behind one dash whose value is the script; 0: letters are
			   there */
};

/* What the first word is that is no option. */
enum argv_operand { OPERAND_SCRIPT, OPERAND_CODE, OPERAND_MODULE };

/* In argv_scan.letter: a module that no letter brought. */
enum { BROUGHT_BY_NONE = ' ' };

enum argv_state {
	ARGV_PROGRAM,
	ARGV_START,
	ARGV_DASH,
	ARGV_LETTERS,
	ARGV_MAYBE_VALUE,  /* behind a letter that takes a value */
	ARGV_MAYBE_SCRIPT, /* behind a letter that takes the script */
	ARGV_LONG,
	ARGV_VALUE,
	ARGV_SCRIPT,
	ARGV_FOUND_SCRIPT,
	ARGV_FOUND_CODE,
};

enum argv_wanted { WANT_ANY, WANT_VALUE, WANT_SCRIPT };

struct argv_scan {
	__u64 hash;	   /* of the script's text without a leading "./" */
	__u32 option_hash; /* of the long option, or of the program's base name, being read */
	__u16 start;	   /* of the script's text in the argument area */
	__u16 length;
	__u16 leaf;  /* where the script's base name begins */
	__u8 state;  /* enum argv_state */
	__u8 wanted; /* enum argv_wanted: what the next word is */
	__u8 letter; /* the option that brought code; '-' for a long one, 0 for standard input;
			with a script found: it is no file, but the name of a module */
	__u8 assigned; /* the long option has a '=' */
};

/* One more byte of an option's or a program's name. */
static inlined __u32
argv_option_hash_step(__u32 hash, unsigned char byte)
{
	return (hash ^ byte) * 16777619U + 1;
}

/* What a table of programs has for "python3.11"; plain is all zero before. */
static inlined void
name_without_version(const char *name, char plain[INTERPRETER_NAME])
{
	for (int i = 0; i < INTERPRETER_NAME - 1; i++) {
		if (!name[i] || (name[i] >= '0' && name[i] <= '9'))
			break;
		plain[i] = name[i];
	}
}

#endif
