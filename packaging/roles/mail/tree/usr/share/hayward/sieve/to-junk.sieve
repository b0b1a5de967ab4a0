# SPDX-License-Identifier: Apache-2.0
# Mail is moved to Junk: it is spam. A flag of the mail says what was learnt from it, so that
# nothing is learnt twice, and what was wrong is unlearnt.
require ["copy", "imap4flags", "imapsieve", "vnd.dovecot.pipe"];

if hasflag "$BayesSpam" {
    stop;
}
if hasflag "$BayesHam" {
    pipe :copy "bayes" ["spam-was-ham"];
} else {
    pipe :copy "bayes" ["spam"];
}
removeflag "$BayesHam";
addflag "$BayesSpam";
