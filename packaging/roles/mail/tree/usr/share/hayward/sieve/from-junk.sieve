# SPDX-License-Identifier: Apache-2.0
# Mail is moved out of Junk: it is none, unless it is thrown away. See to-junk.sieve.
require ["copy", "environment", "imap4flags", "imapsieve", "vnd.dovecot.pipe"];

if anyof (hasflag "$BayesHam", environment :is "imap.mailbox" ["Junk", "Trash"]) {
    stop;
}
if hasflag "$BayesSpam" {
    pipe :copy "bayes" ["ham-was-spam"];
} else {
    pipe :copy "bayes" ["ham"];
}
removeflag "$BayesSpam";
addflag "$BayesHam";
