#!/usr/lib/hayward/mail-form
# A mail form. Copy this file into your pages, write your own addresses into it, and make it executable:
#
#     cp /usr/share/hayward/mail-form/contact.cgi ~/public_html/
#     chmod 755 ~/public_html/contact.cgi
#     hayward cgi-test public_html/contact.cgi    # what is wrong with it, if anything
#
# Visitors see the form at https://YOUR-DOMAIN/contact.cgi, or on a page of yours: contact.html is one.
# hayward-mail-form(5) and docs/mail-form.md tell what may stand here.

# Who gets the mail. Visitors choose by the name and never see an address; with one recipient they do not choose.
recipient "The office"  office@example.com
recipient "The shop"    shop@example.com orders@example.com

# An address of your own domain. Answers go to the visitor, if he says where.
from      website@example.com
subject   "From the form on example.com"

# What our own page asks for beside an address and a message, and what has to be filled in.
title     "Write to us"
field     name   "Your name"
field     phone  "Your telephone number"
needs     name reply-to message

# A text, or a page of yours such as /thanks.html.
thanks    "Thank you. We answer within two days."

# A field that people do not see. Programs fill it in, and nothing is sent.
honeypot  homepage

# So many mails, then visitors are asked to wait.
per-visitor 5/h
per-form    60/h
