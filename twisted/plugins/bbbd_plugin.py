"""Tells twistd that there is a bbbd."""

from twisted.application.service import ServiceMaker

bbbd = ServiceMaker("bbbd", "bbbd.tap", "A whole BigBlueButton API endpoint in one process", "bbbd")
