<?xml version="1.0"?>
<CHANNEL HREF="http://cdf.example/"><TITLE>Channel</TITLE>
<ITEM HREF="/a.html" LASTMOD="2001-01-02T03:04"><TITLE>Item</TITLE><ABSTRACT>Abstract</ABSTRACT></ITEM></CHANNEL>
