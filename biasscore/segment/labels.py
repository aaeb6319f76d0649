"""Words before a colon that name no speaker: fields of export files, places of datelines, notices and headings."""

from __future__ import annotations


def _phrases(listed: str) -> frozenset[str]:
    return frozenset(" ".join(phrase.split()) for phrase in listed.split(";"))


EXPORT_FIELDS = _phrases(
    """
    section; length; byline; headline; dateline; body; graphic; load-date; load date; subject; language;
    publication-type; publication type; organization; company; company / organization; ticker; industry; geographic;
    city; state; country; person; people; correction-date; correction date; correction; series; type; page; pages;
    edition; issn; document-type; document type; journal-code; journal code; category; notes; highlight; kicker;
    abstract; title; author; publication title; publication date; publication year; publication; publication info;
    publication subject; place of publication; country of publication; language of publication; source type;
    proquest document id; document url; copyright; last updated; database; full text; links; location; publisher;
    first page; distribution; url; source; date; word count; document feature; volume; issue; classification;
    accession number; publication-date; acc-no; descriptors; column; memo; art; caption; credit; illustration;
    edition date; start page; section/page; headnote; enhancement; terms; subject terms; region; news subject;
    document number; rights; doi; isbn; format; identifier / keyword; document id; record number; index terms; cr;
    sn
    """
)
"""Names of fields in the files of Nexis, Factiva, ProQuest and NewsBank, in lower case."""

PLACES = _phrases(
    """
    WASHINGTON; LONDON; NEW YORK; PARIS; BERLIN; ROME; MADRID; MOSCOW; BEIJING; SHANGHAI; HONG KONG; TOKYO; SEOUL;
    DELHI; NEW DELHI; MUMBAI; CHENNAI; KOLKATA; BANGALORE; BENGALURU; HYDERABAD; PUNE; AHMEDABAD; LUCKNOW; PATNA;
    JAIPUR; SRINAGAR; CHANDIGARH; KARACHI; LAHORE; ISLAMABAD; PESHAWAR; QUETTA; RAWALPINDI; DHAKA; COLOMBO;
    KATHMANDU; KABUL; TEHRAN; BAGHDAD; DAMASCUS; BEIRUT; AMMAN; JERUSALEM; TEL AVIV; GAZA; GAZA CITY; RAMALLAH;
    CAIRO; RIYADH; JEDDAH; DOHA; DUBAI; ABU DHABI; KUWAIT; KUWAIT CITY; MANAMA; MUSCAT; SANAA; ANKARA; ISTANBUL;
    ATHENS; NICOSIA; SOFIA; BUCHAREST; BUDAPEST; VIENNA; PRAGUE; WARSAW; KYIV; KIEV; MINSK; VILNIUS; RIGA; TALLINN;
    HELSINKI; STOCKHOLM; OSLO; COPENHAGEN; AMSTERDAM; BRUSSELS; STRASBOURG; LUXEMBOURG; GENEVA; ZURICH; BERN; DAVOS;
    LISBON; BARCELONA; DUBLIN; BELFAST; EDINBURGH; GLASGOW; CARDIFF; MANCHESTER; BIRMINGHAM; LIVERPOOL; BELGRADE;
    ZAGREB; SARAJEVO; LJUBLJANA; SKOPJE; TIRANA; PRISTINA; MILAN; NAPLES; VATICAN CITY; FRANKFURT; MUNICH; HAMBURG;
    THE HAGUE; ROTTERDAM; NAIROBI; LAGOS; ABUJA; ACCRA; ADDIS ABABA; KHARTOUM; JUBA; KAMPALA; KIGALI; KINSHASA;
    HARARE; LUSAKA; JOHANNESBURG; PRETORIA; CAPE TOWN; DURBAN; ALGIERS; TUNIS; TRIPOLI; RABAT; CASABLANCA; DAKAR;
    ABIDJAN; BAMAKO; MOGADISHU; SINGAPORE; KUALA LUMPUR; JAKARTA; BALI; MANILA; BANGKOK; HANOI; YANGON; RANGOON;
    PHNOM PENH; VIENTIANE; TAIPEI; ULAANBAATAR; PYONGYANG; SYDNEY; MELBOURNE; CANBERRA; BRISBANE; PERTH; ADELAIDE;
    AUCKLAND; WELLINGTON; OTTAWA; TORONTO; MONTREAL; VANCOUVER; CALGARY; MEXICO CITY; HAVANA; KINGSTON;
    PORT-AU-PRINCE; SAN SALVADOR; TEGUCIGALPA; MANAGUA; SAN JOSE; PANAMA CITY; BOGOTA; CARACAS; QUITO; LIMA; LA PAZ;
    SANTIAGO; BUENOS AIRES; MONTEVIDEO; ASUNCION; BRASILIA; SAO PAULO; RIO DE JANEIRO; LOS ANGELES; CHICAGO;
    HOUSTON; DALLAS; AUSTIN; BOSTON; MIAMI; ATLANTA; SEATTLE; DENVER; DETROIT; PHILADELPHIA; PHOENIX; SAN FRANCISCO;
    SAN DIEGO; LAS VEGAS; BALTIMORE; CLEVELAND; PITTSBURGH; MINNEAPOLIS; MILWAUKEE; ST. LOUIS; NEW ORLEANS;
    SACRAMENTO; TALLAHASSEE; ALBANY; UNITED NATIONS; TBILISI; YEREVAN; BAKU; ASTANA; TASHKENT; SOCHI; THIMPHU; MALE;
    GUWAHATI; BHOPAL; SHIMLA; NOIDA; GURGAON; RANCHI; RAIPUR; BHUBANESWAR; THIRUVANANTHAPURAM; KOCHI; NAGPUR; SURAT;
    INDORE; AMRITSAR; JAMMU
    """
)
"""Places that begin a report: ``NEW DELHI: The government …``."""

NOTICES = frozenset(
    """
    UPDATE UPDATED UPDATES NOTE NOTES EDITOR’S EDITOR'S CORRECTION CLARIFICATION BREAKING WATCH RELATED READ MORE
    PHOTO PHOTOS VIDEO VIDEOS SOURCE SOURCES SEE ALSO OPINION ANALYSIS EXCLUSIVE LIVE WARNING FACT CLAIM
    ADVERTISEMENT TIME PLACE TICKETS DATE WHERE WHEN WHAT WHO WHY HOW COST PRICE PRICES INFO DETAILS KEY POINTS
    POINT SUMMARY BACKGROUND CONTEXT NEXT TIP TIPS STEP RULE LESSON RESULT RESULTS VERDICT SCORE SPOILER DISCLAIMER
    DISCLOSURE REVIEW PREVIEW TOPIC TOPICS TAGS CONTACT EMAIL PHONE ADDRESS WEBSITE LINK LINKS IMAGE PICTURE CAPTION
    CREDIT COPYRIGHT FILE DEADLINE HEADLINE SUBJECT AGENDA THEME TRUE FALSE MYTH REALITY PROS CONS BOTTOM LINE FAQ
    ANSWERS PART CHAPTER SECTION DAY YEAR RATING INGREDIENTS METHOD SERVES MAKES WEATHER SPORT SPORTS BUSINESS
    POLITICS WORLD NATION LOCAL CULTURE HEALTH TECH MUST NOW HERE LISTEN POLL QUIZ TIMELINE REPORT STUDY
    ADMISSION DIRECTED STARRING RATED RUNTIME RELEASED GENRE STARS ALERT REMINDER PS P.S THREAD EDIT TLDR TL;DR
    CONCLUSION INTRODUCTION ABSTRACT
    """.split()
)
"""Words of notices, headings and listings: ``READ MORE: …``, ``KEY POINTS: …``."""


def names_no_speaker(label: str) -> bool:
    """Is a label that stands before a colon something else than a speaker?"""
    words = label.upper().strip(" .").split()
    name = " ".join(words)
    return name.lower() in EXPORT_FIELDS or name in PLACES or not NOTICES.isdisjoint((*words[:1], *words[-1:]))
